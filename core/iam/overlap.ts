// The heart of the isolation proof: can two patterns with holes match one string while their holes hold different values?
// Both run over one shared string; a state is where each stands and whether their holes have moved together so far. Holes that
// begin and end together force equal values, so such runs are dropped; if none is left, no string exists, for every value.
import { dead, type Language } from './language.ts';

/** One item of a pattern. The tenant's hole is `tenant`; other holes (subjects, parameters) divide nothing. */
export type Item =
  | { readonly kind: 'literal'; readonly character: string }
  | { readonly kind: 'one' }
  | { readonly kind: 'any' }
  | { readonly kind: 'hole'; readonly tenant: boolean; readonly language: Language };

export type HolePattern = readonly Item[];

/** Literal text as items. */
export function literalItems(text: string): HolePattern {
  return Array.from(text, (character) => ({ kind: 'literal', character }));
}

/** A string both patterns match, with what the tenant holes of each held, in order. */
export interface Overlap {
  readonly text: string;
  readonly left: readonly string[];
  readonly right: readonly string[];
}

/** `distinct`: runs in which tenant holes coincide are dropped, for they mean one tenant. `any`: every common string counts. */
export type OverlapMode = 'distinct' | 'any';

/** The search gave up; nothing may be concluded. Bounds the work whatever the patterns are. */
export class OverlapTooLargeError extends Error {
  override readonly name = 'OverlapTooLargeError';
}

const maxStates = 400_000;

/** Stands for every character that no literal and no hole names. */
const outsider = '~';

interface Side {
  readonly at: number;
  readonly progress: number;
}

/** A side after moves that consume nothing; `left` where it has left a hole it was in. */
interface Reached extends Side {
  readonly left: boolean;
}

interface State {
  readonly left: Side;
  readonly right: Side;
  readonly aligned: boolean;
}

interface Node {
  readonly state: State;
  readonly parent: Node | undefined;
  readonly step: Step | undefined;
}

/** How one character was consumed: the hole it fell into on either side, and whether it was the hole's first. */
interface Step {
  readonly character: string;
  readonly left: 'outside' | 'first' | 'inside';
  readonly right: 'outside' | 'first' | 'inside';
}

/** Finds a shortest common string, or undefined where there is none. Throws {@link OverlapTooLargeError}. */
export function findOverlap(left: HolePattern, right: HolePattern, mode: OverlapMode): Overlap | undefined {
  const representatives = [
    ...new Set([...left, ...right].flatMap((item) => (item.kind === 'hole' ? item.language.representatives : []))),
  ];
  const free = [...representatives, outsider];
  const seen = new Set<number>();
  const toKey = keyOf(left, right);
  let level: Node[] = [{ state: { left: start, right: start, aligned: false }, parent: undefined, step: undefined }];
  while (level.length > 0) {
    const next: Node[] = [];
    for (const node of level) {
      const { state } = node;
      for (const one of reach(left, state.left)) {
        for (const other of reach(right, state.right)) {
          if (mode === 'distinct' && state.aligned && one.left && other.left) continue;
          if (one.at === left.length && other.at === right.length) return toOverlap(node);
          const together = state.aligned && !one.left && !other.left;
          for (const [following, step] of advance(left[one.at], one, right[other.at], other, together, free)) {
            const key = toKey(following);
            if (seen.has(key)) continue;
            if (seen.size >= maxStates) throw new OverlapTooLargeError('the patterns are too many-sided to search');
            seen.add(key);
            next.push({ state: following, parent: node, step });
          }
        }
      }
    }
    level = next;
  }
  return undefined;
}

const start: Side = { at: 0, progress: 0 };

function keyOf(left: HolePattern, right: HolePattern): (state: State) => number {
  const statesOf = (pattern: HolePattern): number =>
    Math.max(1, ...pattern.map((item) => (item.kind === 'hole' ? item.language.states : 1)));
  const [leftStates, rightStates] = [statesOf(left), statesOf(right)];
  return ({ left: one, right: other, aligned }) => {
    const sides = (one.at * leftStates + one.progress) * (right.length + 1) + other.at;
    return (sides * rightStates + other.progress) * 2 + (aligned ? 1 : 0);
  };
}

/** Where a side may stand without consuming a character: past stars, and past a hole that may end here. */
function reach(pattern: HolePattern, side: Side): readonly Reached[] {
  const reached: Reached[] = [{ ...side, left: false }];
  const item = pattern[side.at];
  let { at } = side;
  let left = false;
  if (item?.kind === 'hole' && side.progress > 0) {
    if (!item.language.accepts(side.progress)) return reached;
    at += 1;
    left = true;
    reached.push({ at, progress: 0, left });
  }
  while (pattern[at]?.kind === 'any') {
    at += 1;
    reached.push({ at, progress: 0, left });
  }
  return reached;
}

/** All moves that consume one character on both sides. */
function advance(
  item: Item | undefined,
  side: Side,
  otherItem: Item | undefined,
  otherSide: Side,
  together: boolean,
  free: readonly string[],
): readonly (readonly [State, Step])[] {
  if (item === undefined || otherItem === undefined) return [];
  const characters =
    item.kind === 'literal' ? [item.character] : otherItem.kind === 'literal' ? [otherItem.character] : free;
  const moves: (readonly [State, Step])[] = [];
  for (const character of characters) {
    const left = consume(item, side, character);
    const right = consume(otherItem, otherSide, character);
    if (left === undefined || right === undefined) continue;
    const step: Step = { character, left: placeIn(item, side), right: placeIn(otherItem, otherSide) };
    const aligned =
      (step.left === 'first' && step.right === 'first') ||
      (together && step.left === 'inside' && step.right === 'inside');
    moves.push([{ left, right, aligned }, step]);
  }
  return moves;
}

function consume(item: Item, side: Side, character: string): Side | undefined {
  switch (item.kind) {
    case 'literal':
      return item.character === character ? { at: side.at + 1, progress: 0 } : undefined;
    case 'one':
      return { at: side.at + 1, progress: 0 };
    case 'any':
      return side;
    case 'hole': {
      const progress = item.language.step(side.progress, character);
      return progress === dead ? undefined : { at: side.at, progress };
    }
    default:
      return item satisfies never;
  }
}

function placeIn(item: Item, side: Side): Step['left'] {
  if (item.kind !== 'hole' || !item.tenant) return 'outside';
  return side.progress === 0 ? 'first' : 'inside';
}

function toOverlap(end: Node): Overlap {
  const steps: Step[] = [];
  for (let node: Node | undefined = end; node !== undefined; node = node.parent)
    if (node.step !== undefined) steps.unshift(node.step);
  return {
    text: steps.map(({ character }) => character).join(''),
    left: holesOf(steps, 'left'),
    right: holesOf(steps, 'right'),
  };
}

function holesOf(steps: readonly Step[], side: 'left' | 'right'): readonly string[] {
  const holes: string[] = [];
  for (const step of steps) {
    if (step[side] === 'first') holes.push(step.character);
    else if (step[side] === 'inside') holes.push(holes.pop()! + step.character);
  }
  return holes;
}
