/**
 * Gives the memory of a chunk back at once. Otherwise a collection finds it some day: of gigabytes in buffers that V8
 * knows little of, dozens of megabytes lie about until then, and looking for them costs more than unpacking does.
 *
 * Only for the one who made the chunk, when nobody reads it any more: it is empty afterwards, and so is every other view
 * of its memory. One that ends within its memory is left alone: the decompressor still writes behind it.
 */
export function release({ buffer, byteOffset, byteLength }: Uint8Array): void {
  const isWhole = byteOffset + byteLength === buffer.byteLength;
  // Small ones lie in a pool that others share.
  if (isWhole && buffer instanceof ArrayBuffer && byteLength > Buffer.poolSize) buffer.transfer(0);
}
