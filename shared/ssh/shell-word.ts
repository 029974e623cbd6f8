/** A text as one word of a POSIX shell. NUL cannot be in an argument. */
export function shellWord(text: string): string {
  if (text.includes("\0")) throw new RangeError("a shell's word cannot hold NUL");
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
