package picture_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/picture"
)

func drawn(t *testing.T, w, h int) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		for y := range h {
			img.Set(x, y, color.NRGBA{R: uint8(x), G: uint8(y), A: 255})
		}
	}
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		w, h   int
		thumbs map[string][2]int
	}{
		{100, 50, map[string][2]int{"64": {64, 64}, "80": {80, 80}, "160": {160, 160}, "360": {100, 50}}},
		{800, 400, map[string][2]int{"64": {64, 64}, "80": {80, 80}, "160": {160, 160}, "360": {360, 180}, "480": {480, 240}, "720": {720, 360}, "800": {800, 400}}},
		{1, 500, map[string][2]int{"64": {64, 64}, "80": {80, 80}, "160": {160, 160}, "360": {1, 360}, "480": {1, 480}}},
	} {
		p := picture.Read(drawn(t, c.w, c.h))
		require.Equal(t, []int{c.w, c.h}, []int{p.Width, p.Height})
		got := map[string][2]int{}
		for _, thumb := range p.Thumbs {
			got[thumb.Name] = [2]int{thumb.Width, thumb.Height}
			config, kind, err := image.DecodeConfig(bytes.NewReader(thumb.PNG))
			require.NoError(t, err)
			require.Equal(t, "png", kind)
			require.Equal(t, [2]int{config.Width, config.Height}, got[thumb.Name])
		}
		require.Equal(t, c.thumbs, got)
	}
}

func TestWhatIsNoPicture(t *testing.T) {
	whole := drawn(t, 10, 10)
	for _, data := range [][]byte{nil, []byte("text"), whole[:len(whole)/2]} {
		require.Nil(t, picture.Read(data))
	}
	_, found := picture.Read(nil).Find("64")
	require.False(t, found)
}
