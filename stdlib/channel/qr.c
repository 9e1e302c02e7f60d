/* See qr.h. libqrencode makes the modules, libpng the file; the only file that includes their headers. */
#include "qr.h"

#include <png.h>
#include <qrencode.h>

enum { QUIET = 4, PIXELS = 5 }; /* modules around it; of a module's side */

static void draw(const QRcode *code, size_t side, unsigned char *gray) {
  const size_t width = (size_t)code->width;
  memset(gray, 0xff, side * side);
  for (size_t y = 0; y < width; y++)
    for (size_t x = 0; x < width; x++) {
      if (!(code->data[y * width + x] & 1)) continue;
      for (size_t k = 0; k < PIXELS; k++)
        memset(gray + ((y + QUIET) * PIXELS + k) * side + (x + QUIET) * PIXELS, 0, PIXELS);
    }
}

static bool write_png(size_t side, const unsigned char *gray, arena *perm, slice *png) {
  png_image image = {
      .version = PNG_IMAGE_VERSION, .width = (png_uint_32)side, .height = (png_uint_32)side, .format = PNG_FORMAT_GRAY};
  png_alloc_size_t room = PNG_IMAGE_PNG_SIZE_MAX(image);
  unsigned char *bytes = arena_alloc(perm, room);
  bool fine = png_image_write_to_memory(&image, bytes, &room, 0, gray, 0, NULL) != 0;
  *png = (slice){(const char *)bytes, room};
  return fine;
}

bool qr_png(slice text, arena *perm, slice *png) {
  arena *own = arena_new();
  QRcode *code = NULL;
  bool fine = false;
  if (text.n && text.n < 4096)
    code = QRcode_encodeData((int)text.n, (const unsigned char *)arena_copy(own, text), 0, QR_ECLEVEL_M);
  if (code) {
    size_t side = ((size_t)code->width + 2 * QUIET) * PIXELS;
    unsigned char *gray = arena_alloc(own, side * side);
    slice made;
    draw(code, side, gray);
    fine = write_png(side, gray, own, &made);
    if (fine) *png = arena_slice(perm, made);
  }
  QRcode_free(code);
  arena_free(own);
  return fine;
}
