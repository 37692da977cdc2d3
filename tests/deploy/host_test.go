// Package deploy_test tries deploy/ on a host that is this machine: a real sshd on
// 127.0.0.1 with keys and a configuration of its own, real ssh, rsync and git, and a
// folder for the host's root. The scripts in standins/ replace what NixOS brings (nix,
// systemd, PostgreSQL). Each test has a host and a checkout of its own.
package deploy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is how long something may take that takes no time on an idle machine.
const patience = time.Minute

// host is the machine that is deployed to, seen from the outside.
type host struct {
	t *testing.T
	// dir holds everything; root is the host's file system, standin what stand-ins are
	// told and note, checkout the operator's copy of the repository.
	dir, root, standin, checkout string
	port                         string
	sshd                         *exec.Cmd
	// tmp is the operator's TMPDIR, if a test wants a certain one.
	tmp string
	// outside has the operator run the command elsewhere than in the checkout.
	outside bool
	// saying is what the run that was begun last has said so far.
	saying *transcript
}

// transcript is what a program says, for others to read meanwhile.
type transcript struct {
	mutex sync.Mutex
	text  strings.Builder
}

func (t *transcript) Write(data []byte) (int, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.text.Write(data)
}

func (t *transcript) String() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.text.String()
}

// repository is the project's folder.
func repository(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	return root
}

// newHost makes a host that fits the checkout, and runs an old system.
func newHost(t *testing.T) *host {
	t.Helper()
	t.Parallel()
	dir := t.TempDir()
	h := &host{
		t: t, dir: dir, root: filepath.Join(dir, "root"), standin: filepath.Join(dir, "standin"),
		checkout: filepath.Join(dir, "checkout"),
	}
	h.makeRoot()
	h.makeCheckout()
	h.makeKeys()
	h.port = freePort(t)
	h.startSSHD()
	t.Cleanup(h.stopSSHD)
	return h
}

// makeRoot fills the host's file system with what a deployment looks at.
func (h *host) makeRoot() {
	h.write("root/etc/NIXOS", "")
	h.write("root/etc/resolv.conf", "nameserver 192.0.2.53\nnameserver 127.0.0.53\n")
	h.write("root/etc/ssh/ssh_host_ed25519_key.pub", "ssh-ed25519 AAAAhost root@vps\n")
	h.write("root/root/.ssh/authorized_keys", "# the operator\nssh-ed25519 AAAAoperator ada@desk\n")
	h.write("root/proc/mounts", "/dev/vda1 / ext4 rw,relatime 0 0\nproc /proc proc rw 0 0\n")
	h.write("root/proc/meminfo", "MemTotal:        2000000 kB\nSwapTotal:       4000000 kB\n")
	h.write("root/proc/swaps", "Filename Type Size Used Priority\n/dev/vda2 partition 4000000 0 -2\n")
	h.write("root/proc/sys/kernel/random/boot_id", "11111111-2222\n")
	h.write("root/dev/vda", "")
	h.write("root/dev/vda1", "")
	h.link("root/dev/disk/by-label/nixos", "../../vda1")
	h.write("root/sys/devices/vda/vda1/partition", "1\n")
	h.link("root/sys/class/block/vda1", "../../devices/vda/vda1")
	h.write("root/var/lib/postgresql/17/PG_VERSION", "17\n")
	h.write("root/boot/default", "old-nixos-system\n")

	h.write("standin/facts", `age-ssh-key /etc/ssh/ssh_host_ed25519_key
boot bios
dhcp true
grub-device /dev/vda
homeserver matrix-continuwuity-26.6.2
loader grub
mount / /dev/disk/by-label/nixos ext4
postgresql-major 17
ssh-key ssh-ed25519 AAAAoperator ada
state-version 26.05
system x86_64-linux
`)
	h.write("standin/machine", "x86_64\n")
	h.write("standin/recipient", "age1host\n")
	h.write("standin/databases", "forgejo\nslack_bridge\n")
	h.write("standin/free", "9000000\n")
	h.write("standin/address", "2: ens3    inet 192.0.2.10/24 brd 192.0.2.255 scope global dynamic ens3\n")
	h.write("standin/hardware-configuration.nix", "# As NixOS sees it.\n{ }\n")
	h.write("standin/order-unit", orderUnit(h.t))
	h.write("standin/pre-switch-check", h.preSwitchCheck())
	h.report("first-day")
	h.write("standin/report-old.json", h.read("standin/report.json"))
	h.write("standin/report-no-homeserver.json", h.readReport("token-refused"))
	h.write("standin/schema", "matrix-continuwuity-26.6.2\n")
	h.say("active/continuwuity.service")
	h.makeOldSystem()
}

// addressByHand gives the host an address that no DHCP server has given it.
func (h *host) addressByHand() {
	h.write("standin/address", "2: ens3    inet 192.0.2.10/24 brd 192.0.2.255 scope global ens3\n")
}

// ipv6Only gives the host an IPv6 address by hand, and no other.
func (h *host) ipv6Only() {
	h.say("no-route")
	h.write("standin/address", "")
	h.write("standin/address6", "2: ens3    inet6 2001:db8::10/64 scope global \n")
}

// memoryWithoutSwap gives the host so much memory.
func (h *host) memoryWithoutSwap(kilobytes int) {
	h.write("root/proc/meminfo", fmt.Sprintf("MemTotal: %d kB\nSwapTotal: 0 kB\n", kilobytes))
}

// preSwitchCheck is what the module has every switch ask: no homeserver begins next to an
// older one.
func (h *host) preSwitchCheck() string {
	return "exec bash " + filepath.Join(repository(h.t), "modules/ops/old-homeserver.sh") + " " + filepath.Join(repository(h.t), "deploy/host/old-homeservers") + " switch\n"
}

// orderUnit is the unit that orders a certificate, as the evaluated host has it. On a
// first day the order fails: the names do not lead to the host yet.
func orderUnit(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository(t), "tests/nix/golden/host.json"))
	require.NoError(t, err)
	var host struct {
		Systemd struct {
			Services map[string]struct {
				ServiceConfig struct{ SuccessExitStatus []int } `json:"serviceConfig"`
			}
		}
	}
	require.NoError(t, json.Unmarshal(text, &host))
	unit := "[Service]\nType=oneshot\n"
	for name, service := range host.Systemd.Services {
		if strings.HasPrefix(name, "acme-order-renew-") && service.ServiceConfig.SuccessExitStatus != nil {
			unit += "SuccessExitStatus=" + strings.Trim(fmt.Sprint(service.ServiceConfig.SuccessExitStatus), "[]") + "\n"
			break
		}
	}
	return unit
}

// makeOldSystem gives the host the system that it runs and boots.
func (h *host) makeOldSystem() {
	old := filepath.Join(h.root, "nix/store/old-nixos-system")
	h.command(standin(h.t, "make-system"), old)
	h.link("root/run/current-system", old)
	h.link("root/nix/var/nix/profiles/system", old)
}

// makeCheckout makes a repository with what a deployment needs of the project.
func (h *host) makeCheckout() {
	require.NoError(h.t, os.CopyFS(filepath.Join(h.checkout, "deploy"), os.DirFS(filepath.Join(repository(h.t), "deploy"))))
	h.write("checkout/flake.nix", "{ outputs = _: { }; }\n")
	h.write("checkout/hosts/vps/default.nix", "{ }\n")
	h.write("checkout/hosts/vps/authorized_keys", "# who may log in\nssh-ed25519 AAAAoperator ada\n")
	h.write("checkout/.gitignore", "/ignored/\n")
	h.write("checkout/secrets/secrets.yaml", "slack-bot-token: ENC[AES256_GCM,data:abcd]\nslack-app-token: \"\"\nsops:\n    age:\n        - recipient: age1admin\n          enc: |\n            AAAA\n        - recipient: age1host\n          enc: |\n            AAAA\n")
	h.git("init", "--quiet", "--initial-branch=main")
	h.commit("First")
}

// commit commits everything.
func (h *host) commit(message string) {
	h.git("add", "--all")
	h.git("commit", "--quiet", "--message="+message)
}

func (h *host) git(args ...string) string {
	h.t.Helper()
	identity := []string{"-C", h.checkout, "-c", "user.name=Ada", "-c", "user.email=ada@engines.test", "-c", "commit.gpgsign=false"}
	return strings.TrimSpace(h.command("git", append(identity, args...)...))
}

// write makes a file under the test's folder.
func (h *host) write(path, text string) {
	h.t.Helper()
	path = filepath.Join(h.dir, path)
	require.NoError(h.t, os.MkdirAll(filepath.Dir(path), 0o755))
	// A child of another test that is forked meanwhile would hold the file open for
	// writing, and a program that is open for writing cannot be run (ETXTBSY).
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	require.NoError(h.t, os.WriteFile(path, []byte(text), 0o644))
}

// say tells the stand-ins something by a file of that name.
func (h *host) say(name string) { h.write("standin/"+name, "") }

// unsay takes it back.
func (h *host) unsay(name string) {
	require.NoError(h.t, os.Remove(filepath.Join(h.standin, name)))
}

// report makes a report of the doctor's what the host says of itself.
func (h *host) report(name string) { h.write("standin/report.json", h.readReport(name)) }

// readReport is one of the reports that the doctor's own tests record.
func (h *host) readReport(name string) string {
	h.t.Helper()
	text, err := os.ReadFile(filepath.Join(repository(h.t), "bridge/internal/doctor/testdata", name+".json"))
	require.NoError(h.t, err)
	return string(text)
}

func (h *host) link(path, to string) {
	h.t.Helper()
	path = filepath.Join(h.dir, path)
	require.NoError(h.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(h.t, os.Symlink(to, path))
}

func (h *host) read(path string) string {
	h.t.Helper()
	text, err := os.ReadFile(filepath.Join(h.dir, path))
	require.NoError(h.t, err)
	return string(text)
}

// command runs a program that has to succeed.
func (h *host) command(name string, args ...string) string {
	h.t.Helper()
	out, err := h.try(name, args...)
	require.NoError(h.t, err, "%s %s\n%s", name, strings.Join(args, " "), out)
	return out
}

// try runs a program as the host does.
func (h *host) try(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = h.environment()
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// environment is what programs on the host have; the operator has none of it.
func (h *host) environment() []string {
	return []string{
		"PATH=" + strings.Join([]string{filepath.Join(h.dir, "shims"), standins(h.t), "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}, ":"),
		"OPS_DEPLOY_ROOT=" + h.root, "TMPDIR=" + filepath.Join(h.dir, "tmp"),
		// Not the one of the user who runs the tests, whose start-up files are not the host's.
		"HOME=" + filepath.Join(h.dir, "home"),
		"STANDIN=" + h.standin, "STANDINS=" + standins(h.t), "SLACK_BRIDGE=" + os.Getenv("SLACK_BRIDGE"),
	}
}

func standins(t *testing.T) string { return filepath.Join(repository(t), "tests/deploy/standins") }

func standin(t *testing.T, name string) string { return filepath.Join(standins(t), name) }

// makeKeys makes the host's and the operator's keys, and the configurations of both
// ends.
func (h *host) makeKeys() {
	for _, name := range []string{"host_key", "user_key"} {
		h.command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(h.dir, name))
	}
	require.NoError(h.t, os.Mkdir(filepath.Join(h.dir, "tmp"), 0o755))
	require.NoError(h.t, os.Mkdir(filepath.Join(h.dir, "shims"), 0o755))
	require.NoError(h.t, os.Mkdir(filepath.Join(h.dir, "home"), 0o755))
	if os.Getuid() == 0 {
		return
	}
	// An operator without root tries the rest all the same.
	h.write("shims/id", "#!/bin/sh\necho 0\n")
	h.write("shims/chown", "#!/bin/sh\n")
	for _, name := range []string{"id", "chown"} {
		require.NoError(h.t, os.Chmod(filepath.Join(h.dir, "shims", name), 0o755))
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

// startSSHD starts the host's way in.
func (h *host) startSSHD() {
	h.t.Helper()
	me, err := user.Current()
	require.NoError(h.t, err)
	var set strings.Builder
	for _, variable := range h.environment() {
		fmt.Fprintf(&set, " %q", variable)
	}
	h.write("sshd_config", fmt.Sprintf(`ListenAddress 127.0.0.1
Port %s
HostKey %s/host_key
AuthorizedKeysFile %s/user_key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100
SetEnv%s
`, h.port, h.dir, h.dir, set.String()))
	h.write("ssh_config", fmt.Sprintf(`Host vps
  HostName 127.0.0.1
  Port %s
  User %s
  IdentityFile %s/user_key
  IdentitiesOnly yes
  UserKnownHostsFile %s/known_hosts
  StrictHostKeyChecking accept-new
  LogLevel ERROR
`, h.port, me.Username, h.dir, h.dir))
	log, err := os.OpenFile(filepath.Join(h.dir, "sshd.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(h.t, err)
	defer log.Close()
	// In the foreground, and the leader of a group with every connection's process.
	h.sshd = exec.Command("/usr/sbin/sshd", "-D", "-e", "-f", filepath.Join(h.dir, "sshd_config"))
	h.sshd.Stderr = log
	h.sshd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(h.t, h.sshd.Start(), "scripts/setup-ssh.sh installs sshd")
	h.await("sshd listens", func() bool {
		connection, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", h.port))
		return err == nil && connection.Close() == nil
	})
}

// stopSSHD ends the way in, and cuts every connection.
func (h *host) stopSSHD() {
	if h.sshd == nil {
		return
	}
	for _, pid := range append(descendants(h.t, h.sshd.Process.Pid), h.sshd.Process.Pid) {
		if strings.HasPrefix(commandOf(pid), "sshd") {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	_ = h.sshd.Wait()
	h.sshd = nil
}

// descendants are the processes that a process has started, and theirs.
func descendants(t *testing.T, of int) []int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	require.NoError(t, err)
	parents := map[int]int{}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "stat"))
		if err != nil {
			continue // ended meanwhile
		}
		// proc(5): after the command in parentheses come the state and the parent.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		parents[pid], _ = strconv.Atoi(fields[1])
	}
	var found []int
	for pid := range parents {
		for at := pid; at > 1; at = parents[at] {
			if at == of && pid != of {
				found = append(found, pid)
			}
		}
	}
	return found
}

func commandOf(pid int) string {
	name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return string(name)
}

// await waits for something that comes by itself.
func (h *host) await(what string, is func() bool) {
	h.t.Helper()
	require.Eventually(h.t, is, patience, 20*time.Millisecond, what)
}

// exists says whether there is a file under the test's folder.
func (h *host) exists(path string) bool {
	_, err := os.Lstat(filepath.Join(h.dir, path))
	return err == nil
}

// outcome is how a run of deploy ended.
type outcome struct {
	code int
	said string
}

// deploy runs the command in the checkout, as an operator does, on the host.
func (h *host) deploy(args ...string) outcome {
	h.t.Helper()
	return h.begin(args...)()
}

// begin starts a run; the function it returns waits for the end.
func (h *host) begin(args ...string) func() outcome {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	action := []string{}
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		action, args = args[:1], args[1:]
	}
	args = slices.Concat([]string{filepath.Join(h.checkout, "deploy/deploy")}, action,
		[]string{"--ssh-config", filepath.Join(h.dir, "ssh_config")}, args, []string{"vps"})
	cmd := exec.CommandContext(ctx, "bash", args...)
	cmd.Dir = h.checkout
	if h.outside {
		cmd.Dir = h.t.TempDir()
	}
	tmp := h.tmp
	if tmp == "" {
		tmp = h.t.TempDir()
	}
	// Not the agent of the user who runs the tests.
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp, "GIT_CONFIG_GLOBAL=/dev/null", "SSH_AUTH_SOCK=",
		"PATH="+filepath.Join(h.dir, "bin")+":"+os.Getenv("PATH"))
	said := &transcript{}
	h.saying = said
	cmd.Stdout, cmd.Stderr = said, said
	cmd.WaitDelay = 5 * time.Second
	require.NoError(h.t, cmd.Start())
	return func() outcome {
		h.t.Helper()
		defer cancel()
		_ = cmd.Wait()
		require.NoError(h.t, ctx.Err(), "%s", said.String())
		h.t.Logf("exit %d\n%s", cmd.ProcessState.ExitCode(), said.String())
		return outcome{cmd.ProcessState.ExitCode(), said.String()}
	}
}

// running is the name of the system that the host runs.
func (h *host) running() string { return h.pointsTo("run/current-system") }

// profile is the name of the system that the host's profile is.
func (h *host) profile() string { return h.pointsTo("nix/var/nix/profiles/system") }

func (h *host) pointsTo(link string) string {
	h.t.Helper()
	target, err := os.Readlink(filepath.Join(h.root, link))
	require.NoError(h.t, err)
	return filepath.Base(target)
}

// phase is how the last deployment stands, by the host.
func (h *host) phase() string {
	entries, _ := os.ReadDir(filepath.Join(h.root, "var/lib/ops-deploy/state"))
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return strings.Join(names, " ")
}

// calls are the lines that stand-ins noted and that begin with a word.
func (h *host) calls(prefix string) []string {
	var found []string
	data, _ := os.ReadFile(filepath.Join(h.standin, "calls"))
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, prefix) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

// requireAsBefore: the host runs, boots and keeps what it had.
func (h *host) requireAsBefore() {
	h.t.Helper()
	require.Equal(h.t, "old-nixos-system", h.running())
	require.Equal(h.t, "old-nixos-system", h.profile())
	require.Equal(h.t, "old-nixos-system\n", h.read("root/boot/default"))
	require.NotContains(h.t, h.phase(), "pending")
	require.False(h.t, h.exists("standin/units/ops-deploy-rollback/timer"), "no timer is left")
}

// requireNoSwitchWithoutCopy deploys where a database cannot be copied: nothing is
// changed. Who has a copy goes on.
func (h *host) requireNoSwitchWithoutCopy(code int, said string) {
	h.t.Helper()
	got := h.deploy()
	require.Equal(h.t, code, got.code)
	require.Contains(h.t, got.said, said)
	h.requireAsBefore()
	require.Empty(h.t, h.calls("systemd-run"))
	require.Equal(h.t, 0, h.deploy("--no-dump").code)
}

// snapshot is everything under a folder, with modes, targets and content.
func snapshot(t *testing.T, folder string) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		content := []byte{}
		switch {
		case entry.Type().IsRegular():
			content, err = os.ReadFile(path)
		case entry.Type() == fs.ModeSymlink:
			target, readErr := os.Readlink(path)
			content, err = []byte(target), readErr
		}
		found[strings.TrimPrefix(path, folder)] = info.Mode().String() + " " + string(content)
		return err
	}))
	return found
}
