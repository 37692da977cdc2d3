// Package picture reads the size of pictures and makes the thumbnails that Slack
// makes of them. It must not know what they are pictures of.
package picture

import (
	"bytes"
	"image"
	"image/color"
	_ "image/gif"  // reading GIF
	_ "image/jpeg" // reading JPEG
	"image/png"
	"strconv"
)

// maxPixels is the largest picture that is read; of others nothing is seen.
const maxPixels = 50_000_000

// Picture is what is seen of a file.
type Picture struct {
	Width, Height int
	Thumbs        []Thumb
}

// Thumb is a smaller copy, as PNG.
type Thumb struct {
	// Name is the part of Slack's keys: 64 for thumb_64.
	Name          string
	Width, Height int
	// Sized says that Slack gives its size too.
	Sized bool
	PNG   []byte
}

// sizes are the longest sides of Slack's thumbnails. The first three are squares
// that every picture has.
var sizes = []int{64, 80, 160, 360, 480, 720, 800, 960, 1024}

// Read returns what is seen of a file, nil if it is no picture that can be read.
func Read(data []byte) *Picture {
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || config.Width*config.Height > maxPixels || config.Width*config.Height == 0 {
		return nil
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	p := &Picture{Width: config.Width, Height: config.Height}
	for _, size := range sizes {
		square := size <= 160
		if !square && size > 360 && max(p.Width, p.Height) < size {
			continue
		}
		w, h := fit(p.Width, p.Height, size)
		if square {
			w, h = size, size
		}
		if raw := encode(scaled(img, w, h)); raw != nil {
			p.Thumbs = append(p.Thumbs, Thumb{Name: strconv.Itoa(size), Width: w, Height: h, Sized: !square, PNG: raw})
		}
	}
	return p
}

// Find returns the thumbnail of a name.
func (p *Picture) Find(name string) (Thumb, bool) {
	if p == nil {
		return Thumb{}, false
	}
	for _, t := range p.Thumbs {
		if t.Name == name {
			return t, true
		}
	}
	return Thumb{}, false
}

// fit returns the size of a picture whose longest side is at most size.
func fit(w, h, size int) (int, int) {
	if longest := max(w, h); longest > size {
		return max(1, w*size/longest), max(1, h*size/longest)
	}
	return w, h
}

// scaled returns a picture in another size; each point is the nearest one's.
func scaled(img image.Image, w, h int) image.Image {
	from := img.Bounds()
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			at := img.At(from.Min.X+x*from.Dx()/w, from.Min.Y+y*from.Dy()/h)
			out.Set(x, y, color.NRGBAModel.Convert(at))
		}
	}
	return out
}

func encode(img image.Image) []byte {
	var b bytes.Buffer
	if png.Encode(&b, img) != nil {
		return nil
	}
	return b.Bytes()
}
