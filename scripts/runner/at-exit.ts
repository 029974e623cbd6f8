const undoings = new Set<() => void>();

/**
 * Runs `undo` when this process ends, unless the returned function calls it off first. Only what works synchronously
 * gets done at that point.
 */
export function atExit(undo: () => void): () => void {
  if (undoings.size === 0) process.on("exit", runAll);
  undoings.add(undo);
  return () => {
    undoings.delete(undo);
    if (undoings.size === 0) process.off("exit", runAll);
  };
}

function runAll(): void {
  for (const undo of undoings) undo();
}
