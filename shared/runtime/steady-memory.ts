import v8 from "node:v8";

// Imported for its effect, and by main.ts alone, before all else: loading a bundle is enough to have V8 enlarge its space
// for new objects, and it would go on to dozens of megabytes. The more it takes, the longer buffers, which lie outside of
// it, pile up between two collections; and what passes on gigabytes has many of them.
//
// Node.js warns of flags that change after the start. V8 reads this one only where that space is about to be enlarged, and
// a factor of 1 leaves it as large as it is (measured with Node.js 24.21: 2 MB instead of 67).
v8.setFlagsFromString("--semi-space-growth-factor=1");
