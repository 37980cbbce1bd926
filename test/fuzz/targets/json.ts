// Strict JSON, what stands on it, and the paths into its values. The second reading of JSON here is a parser of our own, because
// JSON.parse is what strict JSON is built on.
import fc from 'fast-check';
import { readClaim } from '../../../core/claims.ts';
import { parseExplainRequest } from '../../../core/explanation.ts';
import { isRecord } from '../../../core/iam/syntax.ts';
import { parseVendRequest } from '../../../core/request.ts';
import { decodeUtf8, parseStrictJson, StrictJsonError } from '../../../core/strict-json.ts';
import { parseSubject } from '../../../core/subject.ts';
import { accepted, hold, holdCodes, jsonOf, promise, promiseEqual, refused, textOf, type Target } from '../target.ts';

const words = [
  '{"',
  '":',
  '"a":1',
  ',',
  '[',
  ']',
  '{',
  '}',
  '"',
  '\\"',
  '\\u0061',
  '\\ud800',
  '__proto__',
  '\\u005f_proto__',
  '1e999',
  '-0',
  'null',
];
const bounds = { maxDepth: 6, maxMembers: 24 };

/** What a text of JSON holds, counted by walking over its characters: depth, members, and whether a name stands twice. */
function measure(text: string): { readonly depth: number; readonly members: number; readonly isPlain: boolean } {
  let [at, deepest, members, isPlain] = [0, 0, 0, true];
  const skip = (): void => {
    while (/[ \t\r\n]/.test(text[at] ?? '')) at += 1;
  };
  const token = (pattern: RegExp): string => {
    const [found = ''] = pattern.exec(text.slice(at, at + 100_000)) ?? [];
    at += found.length;
    return found;
  };
  const walk = (depth: number): void => {
    skip();
    const open = text[at];
    if (open !== '{' && open !== '[') {
      token(/^(?:"(?:[^"\\]|\\.)*"|[^,\]}\s]+)/s);
      return;
    }
    deepest = Math.max(deepest, depth + 1);
    members += 1;
    at += 1;
    const names: string[] = [];
    for (skip(); text[at] !== (open === '{' ? '}' : ']'); skip()) {
      if (text[at] === ',') {
        members += 1;
        at += 1;
      }
      if (open === '{') {
        skip();
        names.push(JSON.parse(token(/^"(?:[^"\\]|\\.)*"/s)) as string);
        token(/^\s*:/);
      }
      walk(depth + 1);
    }
    at += 1;
    if (names.includes('__proto__') || names.some((name, index) => names.indexOf(name) !== index)) isPlain = false;
  };
  walk(0);
  return { depth: deepest, members, isPlain };
}

const jsonText = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('null', 'true', '0', '-1.5e3', '""', '"\\u0061"', '"a"'),
    fc.array(tie('value') as fc.Arbitrary<string>, { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    fc
      .array(
        fc.tuple(
          fc.constantFrom('"a"', '"\\u0061"', '"b"', '"__proto__"', '"__pro\\u0074o__"', '""'),
          tie('value') as fc.Arbitrary<string>,
        ),
        { maxLength: 4 },
      )
      .map((members) => `{${members.map(([name, value]) => `${name} : ${value}`).join(', ')}}`),
  ),
})).value;

const strictJson: Target = {
  name: 'strict-json',
  words,
  maxLength: 2048,
  structured: jsonText,
  check: (input) => {
    let text = '';
    const outcome = hold(
      () => parseStrictJson((text = decodeUtf8(input)), bounds),
      [StrictJsonError],
      (value) => {
        const { depth, members, isPlain } = measure(text);
        promise(isPlain, 'accepts a repeated name or __proto__');
        promise(depth <= bounds.maxDepth && members <= bounds.maxMembers, 'accepts more than its bounds');
        // As text: JSON has no infinity and no negative zero to write.
        const written = JSON.stringify(value);
        promise(JSON.stringify(parseStrictJson(written, bounds)) === written, 'reads its own writing differently');
        return undefined;
      },
    );
    // And nothing in bounds is refused: a parser that refuses everything would keep the promises above.
    const value = outcome.accepted ? undefined : jsonOf(input);
    if (value !== undefined && textOf(input) !== undefined) {
      const { depth, members, isPlain } = measure(text);
      promise(!isPlain || depth > bounds.maxDepth || members > bounds.maxMembers, 'refuses plain JSON within bounds');
    }
    return outcome;
  },
};

const vendFields = ['permissionSet', 'durationSeconds', 'parameters', 'reason'];
const vendBody = fc
  .record(
    {
      permissionSet: fc.oneof(fc.constantFrom('documents', ''), fc.string({ maxLength: 40 })),
      durationSeconds: fc.oneof(fc.integer({ min: 800, max: 3700 }), fc.constantFrom(null, '900', 1e300, 900.5)),
      parameters: fc.dictionary(fc.string({ maxLength: 8 }), fc.oneof(fc.string({ maxLength: 8 }), fc.constant(1))),
      reason: fc.string({ unit: 'binary', maxLength: 260 }),
      tenant: fc.constant('acme'),
    },
    { requiredKeys: [] },
  )
  .map((body) => JSON.stringify(body));

const vendRequest: Target = {
  name: 'vend-request',
  words: [...words, ...vendFields.map((name) => `"${name}":`), '"tenant":"b"', '900', '3600', 'documents'],
  maxLength: 11_000,
  structured: vendBody,
  check: (input) => {
    const text = textOf(input);
    if (text === undefined) return refused('not UTF-8');
    const codes = ['request-invalid', 'duration-out-of-range', 'parameter-invalid', 'request-too-large'] as const;
    return holdCodes(
      () => parseVendRequest(text),
      codes,
      (request) => {
        promise(
          Object.keys(request).every((key) => vendFields.includes(key)),
          'knows a field outside the contract',
        );
        const { durationSeconds: seconds, reason = '', permissionSet = '', parameters = {} } = request;
        promise(seconds === undefined || (Number.isInteger(seconds) && seconds >= 900 && seconds <= 3600), 'duration');
        promise(reason.length <= 256 && permissionSet.length <= 32, 'a text beyond its length');
        promise(
          Object.values(parameters).every((value) => typeof value === 'string'),
          'a parameter that is no string',
        );
        promiseEqual(parseVendRequest(JSON.stringify(request)), request, 'reads its own writing differently');
        return undefined;
      },
    );
  },
};

const explainRequest: Target = {
  name: 'explain-request',
  words: [...vendRequest.words, '"action":"s3:GetObject"', '"resource":"arn:aws:s3:::b/k"', '"context":{"a":["b"]}'],
  maxLength: 11_000,
  structured: fc
    .record(
      {
        action: fc.oneof(fc.constant('s3:GetObject'), fc.constant(1)),
        resource: fc.oneof(fc.constant('arn:aws:s3:::b/k'), fc.constant(null)),
        context: fc.dictionary(
          fc.string({ maxLength: 6 }),
          fc.oneof(fc.string({ maxLength: 6 }), fc.array(fc.string({ maxLength: 4 })), fc.constant(7)),
        ),
        durationSeconds: fc.constant(900),
      },
      { requiredKeys: [] },
    )
    .map((body) => JSON.stringify(body)),
  check: (input) => {
    const text = textOf(input);
    if (text === undefined) return refused('not UTF-8');
    const codes = ['request-invalid', 'duration-out-of-range', 'parameter-invalid', 'request-too-large'] as const;
    return holdCodes(
      () => parseExplainRequest(text),
      codes,
      ({ vend, question }) => {
        promise(
          Object.keys(vend).every((key) => vendFields.includes(key)),
          'knows a field outside the contract',
        );
        if (question === undefined) return accepted('accepted without a question');
        promise(typeof question.action === 'string' && typeof question.resource === 'string', 'half a question');
        const values = Object.values(question.context).flat();
        promise(
          values.every((value) => typeof value === 'string'),
          'a context value that is no string',
        );
        return accepted('accepted with a question');
      },
    );
  },
};

/** The value at a path, found among the entries of each object rather than by look-up, so that no prototype is in reach. */
function walkEntries(value: unknown, path: readonly string[]): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (!isRecord(value)) return undefined;
  const entry = Object.entries(value).find(([key]) => key === name);
  return entry === undefined ? undefined : walkEntries(entry[1], rest);
}

const claimPath: Target = {
  name: 'claim-path',
  words: [...words, '"constructor"', '"toString"', '"length"', '"custom:tenant_id"', '"0"'],
  maxLength: 1024,
  structured: fc
    .tuple(
      fc.object({ maxDepth: 2, key: fc.constantFrom('a', 'b', 'a.b', 'length', '0', 'constructor') }),
      fc.array(fc.constantFrom('a', 'b', 'a.b', 'length', '0', 'constructor', '__proto__', 'toString'), {
        maxLength: 3,
      }),
    )
    .map((pair) => JSON.stringify(pair)),
  check: (input) => {
    const read = jsonOf(input);
    if (read === undefined || !Array.isArray(read.value)) return refused('no pair');
    const [claims, path] = read.value as unknown[];
    const isPath = typeof path === 'string' || (Array.isArray(path) && path.every((name) => typeof name === 'string'));
    if (!isRecord(claims) || !isPath) return refused('no claims and path');
    const steps = typeof path === 'string' ? [path] : path;
    const found = readClaim(claims, path);
    promiseEqual(found, walkEntries(claims, steps), 'reads what is no own member');
    return accepted(found === undefined ? 'nothing there' : `a ${typeof found} at ${steps.length}`);
  },
};

const subject: Target = {
  name: 'subject',
  words: ['\u0000', '\u007f', '\u0085', '\u2028', 'alice', '\ud83d\ude00', '..', '/'],
  maxLength: 300,
  structured: fc.string({ unit: 'binary', maxLength: 40 }).map((text) => JSON.stringify(text)),
  check: (input) => {
    const read = jsonOf(input);
    const value = read === undefined ? Buffer.from(input).toString('utf8') : read.value;
    return holdCodes(
      () => parseSubject(value),
      ['token-invalid'],
      (text) => {
        promise(text === value && text.length > 0, 'changes the subject');
        for (const character of text) {
          const code = character.codePointAt(0)!;
          promise(
            code >= 0x20 && !(code >= 0x7f && code <= 0x9f) && !(code >= 0xd800 && code <= 0xdfff),
            'a control character or half of one',
          );
        }
        return undefined;
      },
    );
  },
};

export const jsonTargets: readonly Target[] = [strictJson, vendRequest, explainRequest, claimPath, subject];
