/**
 * A Mac's icon of one picture, which the system makes smaller where it needs to.
 * @param png of 1024 by 1024 pixels
 * @see https://en.wikipedia.org/wiki/Apple_Icon_Image_format: `ic10`
 */
export function icns(png: Uint8Array): Uint8Array {
  const head = Buffer.alloc(16)
  head.write('icns', 0)
  head.writeUInt32BE(16 + png.length, 4)
  head.write('ic10', 8)
  head.writeUInt32BE(8 + png.length, 12)
  return Buffer.concat([head, png])
}

/**
 * The same for Windows.
 * @param png of 256 by 256 pixels, the largest that there is
 * @see https://learn.microsoft.com/en-us/previous-versions/ms997538(v=msdn.10): ICONDIR and ICONDIRENTRY
 */
export function ico(png: Uint8Array): Uint8Array {
  const head = Buffer.alloc(22)
  head.writeUInt16LE(1, 2) // an icon, and no cursor
  head.writeUInt16LE(1, 4) // one picture; width and height of 0 mean 256
  head.writeUInt16LE(1, 10) // planes
  head.writeUInt16LE(32, 12) // bits of each pixel
  head.writeUInt32LE(png.length, 14)
  head.writeUInt32LE(head.length, 18)
  return Buffer.concat([head, png])
}
