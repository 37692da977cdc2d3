package bridge_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/slackapp"
	"ops-jrz1/bridge/internal/slackevent"
)

// handledElsewhere are event types that a package other than the connector looks at.
func handledElsewhere() map[string]string {
	return map[string]string{"app_uninstalled": "slackws does not connect again after it"}
}

// notSubscribed are handled types that the bridge's own manifest does not subscribe to.
func notSubscribed() map[string]string {
	return map[string]string{"user_profile_changed": "an app may subscribe to it in place of user_change"}
}

// usedOtherwise are scopes that a bot token's method does not name.
func usedOtherwise() map[string]string {
	return map[string]string{
		"chat:write.customize": "chat.postMessage with a name or a picture",
		"commands":             "slash_commands envelopes are handled",
		"connections:write":    "apps.connections.open, with the app token",
	}
}

// TestSubscriptionsAreHandled ties the table of subscriptions to the table of handlers:
// each event has a handler and a decoder, and no handler waits for events that the app
// does not get.
func TestSubscriptionsAreHandled(t *testing.T) {
	handled := handlers(t)
	require.Greater(t, len(handled), 10)
	subscribed := map[string]bool{}
	for _, event := range slackapp.Events() {
		kind, _, _ := strings.Cut(event.Name, ".")
		subscribed[kind] = true
		isHandled := handled[kind] || handledElsewhere()[kind] != ""
		require.True(t, isHandled, "%s is %s, and no handler takes it", event.Name, event.Need)
		decoded, err := slackevent.Decode(slackevent.Callback{InnerType: kind, Event: json.RawMessage("{}")})
		_, unknown := decoded.(*slackevent.Unknown)
		require.False(t, err == nil && unknown, "%s has no decoder", event.Name)
	}
	for kind := range handled {
		require.True(t, subscribed[kind] || notSubscribed()[kind] != "", "%s has a handler, and the app does not subscribe to it", kind)
	}
}

// TestScopesAreUsed ties the table of scopes to what needs them: a call of the Web API
// that the bridge makes, or an event that it handles.
func TestScopesAreUsed(t *testing.T) {
	used := maps.Clone(usedOtherwise())
	for method, caller := range callers(t) {
		for _, scope := range web.Documented(method).ScopeList() {
			used[scope] = caller + " calls " + method
		}
	}
	for _, event := range slackapp.Events() {
		for _, scope := range event.Scopes {
			used[scope] = event.Name + " is handled"
		}
	}
	for _, scope := range slackapp.Scopes() {
		require.Contains(t, used, scope.Name, "%s is %s, and nothing uses it", scope.Name, scope.Need)
	}
}

// TestCallsHaveTheirScopes: a call that the bridge makes must be possible with the
// scopes that it asks for.
func TestCallsHaveTheirScopes(t *testing.T) {
	called := callers(t)
	require.Greater(t, len(called), 15)
	for method, caller := range called {
		documented := web.Documented(method)
		require.NotEmpty(t, documented.Name, "%s calls %s, which is not a method of Slack's", caller, method)
		if scopes := documented.ScopeList(); len(scopes) > 0 {
			require.True(t, slices.ContainsFunc(scopes, func(name string) bool {
				_, found := slackapp.LookupScope(name)
				return found
			}), "%s calls %s, which needs one of %s", caller, method, scopes)
		}
	}
}

// handlers returns the keys of the connector's table of handlers.
func handlers(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	each(t, "internal/connector", func(file *ast.File) {
		for _, declaration := range file.Decls {
			table, ok := declaration.(*ast.FuncDecl)
			if !ok || table.Name.Name != "eventHandlers" {
				continue
			}
			ast.Inspect(table, func(n ast.Node) bool {
				if pair, ok := n.(*ast.KeyValueExpr); ok {
					found[literal(pair.Key)] = true
				}
				return true
			})
		}
	})
	return found
}

// callers returns the methods of the Web API that the bridge calls: those that are
// named in a function of slackapi that another package calls, with one such call.
func callers(t *testing.T) map[string]string {
	t.Helper()
	called := map[string]string{}
	for _, folder := range []string{"internal/connector", "internal/doctor", "internal/app", "internal/appsetup"} {
		each(t, folder, func(file *ast.File) {
			ast.Inspect(file, func(n ast.Node) bool {
				if call, ok := n.(*ast.SelectorExpr); ok && !isPackage(file, call.X) {
					called[call.Sel.Name] = folder
				}
				return true
			})
		})
	}
	methods := map[string]string{}
	for function, named := range functions(t) {
		if folder, isCalled := called[function]; isCalled {
			for _, method := range named {
				methods[method] = folder + " (" + function + ")"
			}
		}
	}
	return methods
}

// functions returns, by exported function of slackapi, the methods of the Web API that
// it names itself or through unexported functions.
func functions(t *testing.T) map[string][]string {
	t.Helper()
	named, calls := map[string][]string{}, map[string][]string{}
	each(t, "internal/slackapi", func(file *ast.File) {
		for _, declaration := range file.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(function, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.BasicLit:
					if webMethod.MatchString(literal(n)) {
						named[function.Name.Name] = append(named[function.Name.Name], literal(n))
					}
				case *ast.Ident:
					if n.Name == "methodPost" {
						named[function.Name.Name] = append(named[function.Name.Name], "chat.postMessage")
					}
				case *ast.SelectorExpr:
					if isPackage(file, n.X) {
						return true
					}
					calls[function.Name.Name] = append(calls[function.Name.Name], n.Sel.Name)
				}
				return true
			})
		}
	})
	out := map[string][]string{}
	for function := range calls {
		if ast.IsExported(function) {
			out[function] = reached(function, named, calls, map[string]bool{})
		}
	}
	return out
}

// reached returns what a function names, and the functions that it calls.
func reached(function string, named, calls map[string][]string, seen map[string]bool) []string {
	if seen[function] {
		return nil
	}
	seen[function] = true
	out := slices.Clone(named[function])
	for _, called := range calls[function] {
		out = append(out, reached(called, named, calls, seen)...)
	}
	return out
}

// webMethod is the form of the name of a Web API method.
var webMethod = regexp.MustCompile(`^(apps|auth|bots|chat|conversations|emoji|files|pins|reactions|team|usergroups|users|bookmarks)\.[a-zA-Z.]+$`)

// each parses the files of a package that are no tests.
func each(t *testing.T, folder string, look func(*ast.File)) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		source, err := os.ReadFile(path)
		require.NoError(t, err)
		file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.ParseComments)
		require.NoError(t, err)
		look(file)
	}
}

// isPackage says whether an expression is the name of an imported package.
func isPackage(file *ast.File, expression ast.Expr) bool {
	name, ok := expression.(*ast.Ident)
	return ok && slices.ContainsFunc(file.Imports, func(spec *ast.ImportSpec) bool {
		return filepath.Base(literal(spec.Path)) == name.Name || spec.Name != nil && spec.Name.Name == name.Name
	})
}

// literal returns the text of a string literal, or "".
func literal(expression ast.Expr) string {
	if lit, ok := expression.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		text, _ := strconv.Unquote(lit.Value)
		return text
	}
	return ""
}
