// Which sources are mutated together, and the unit tests that hold them. A mutant is run against these tests only: they are the
// mirror of the room and its nearest neighbours, so a survivor means that the room's own tests have a gap.

/** One run of the mutator. Paths are globs from the project's root. */
export interface Room {
  readonly mutate: readonly string[];
  readonly tests: readonly string[];
}

export const rooms: Readonly<Record<string, Room>> = {
  iam: {
    mutate: ['core/iam/*.ts', '!core/iam/index.ts'],
    tests: ['test/core/iam/**/*.test.ts', 'test/core/{prove,statement-template,hole-pattern}*.test.ts'],
  },
  tenant: {
    mutate: ['core/{tenant,session-policy,statement-template,merge-statements,packed-size}.ts'],
    tests: [
      'test/core/{tenant,session-policy,statement-template,merge-statements,packed-size}*.test.ts',
      'test/core/grant.test.ts',
    ],
  },
  verifier: {
    mutate: [
      'core/{strict-json,token,token-claims,subject,claims}.ts',
      'lambda/{token-verifier,token-signature,signing-keys,key-source}.ts',
    ],
    tests: [
      'test/core/{strict-json,token,token-claims,subject,claims}*.test.ts',
      'test/lambda/{token-verifier,token-signature,signing-keys,key-source}*.test.ts',
    ],
  },
  protocol: {
    mutate: ['core/protocol/*.ts'],
    tests: ['test/core/protocol/**/*.test.ts', 'test/core/{answer,request,errors}*.test.ts'],
  },
};

/** The room that the environment names. */
export function currentRoom(): Room {
  const name = process.env['MUTATION_ROOM'] ?? '';
  const room = rooms[name];
  if (room === undefined)
    throw new TypeError(`MUTATION_ROOM is "${name}"; it must be one of ${Object.keys(rooms).join(', ')}`);
  return room;
}
