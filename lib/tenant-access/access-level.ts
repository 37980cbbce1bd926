// How much access a resource helper gives. The words are the same for every helper.

/** Reading, writing, or both. */
export type AccessLevel = 'read' | 'write' | 'readWrite';
