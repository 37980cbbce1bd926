// Edits the text of an AWS config file: puts in, replaces or takes out one block of ours between two comments. Pure; every byte
// outside the block stays as it is. Text is one character per byte (latin1), so that no encoding can be broken.

/** What keeps us from an edit; the words are for people. */
export class ProfileConflict extends Error {
  override readonly name = 'ProfileConflict';
}

/** A profile's settings, in order. */
export type Settings = readonly (readonly [name: string, value: string])[];

/** What SDKs take as the name of a profile, and no INI reader misreads. */
export const profileName = /^[A-Za-z0-9][\w.@%+:/-]{0,63}$/;

const begin = (profile: string): string => `# >>> tvm configure ${profile} >>> (made by tvm; tvm configure changes it)`;
const end = (profile: string): string => `# <<< tvm configure ${profile} <<<`;

/** The block of a profile, without a line end behind it. */
export function renderBlock(profile: string, settings: Settings, lineEnd = '\n'): string {
  const header = profile === 'default' ? '[default]' : `[profile ${profile}]`;
  const lines = settings.map(([name, value]) => `${name} = ${value}`);
  return [begin(profile), header, ...lines, end(profile)].join(lineEnd);
}

/** The text with the profile in it. Throws {@link ProfileConflict} where somebody else wrote a profile of that name. */
export function putBlock(text: string, profile: string, settings: Settings): string {
  const lineEnd = /\r\n/.test(text) ? '\r\n' : '\n';
  const block = renderBlock(profile, settings, lineEnd);
  const place = findBlock(text, profile);
  const others = place === undefined ? text : text.slice(0, place.start) + text.slice(place.end);
  if (hasSection(others, profile)) throw new ProfileConflict(`there is a profile ${profile} that tvm did not make`);
  if (place !== undefined) return text.slice(0, place.start) + block + text.slice(place.end);
  if (text === '') return `${block}${lineEnd}`;
  return `${text}${text.endsWith('\n') ? '' : lineEnd}${lineEnd}${block}${lineEnd}`;
}

/** The text without the profile's block and the empty line that was put before it; undefined where there is none. */
export function removeBlock(text: string, profile: string): string | undefined {
  const place = findBlock(text, profile);
  if (place === undefined) return undefined;
  const before = text.slice(0, place.start).replace(/(^|\n)\r?\n$/, '$1');
  return before + text.slice(place.end).replace(/^\r?\n/, '');
}

function findBlock(text: string, profile: string): { readonly start: number; readonly end: number } | undefined {
  const [starts, ends] = [findLines(text, begin(profile)), findLines(text, end(profile))];
  const [start, last] = [starts[0], ends[0]];
  if (start === undefined && last === undefined) return undefined;
  // Half a block, two, or one with somebody's own section in it: what would be replaced is not only ours.
  const inside = start === undefined || last === undefined ? '' : text.slice(start, last);
  const sections = inside.match(/^[ \t]*\[/gm)?.length ?? 0;
  if (start === undefined || last === undefined || starts.length > 1 || ends.length > 1 || last < start || sections > 1)
    throw new ProfileConflict(`the block of tvm for ${profile} was changed by hand`);
  return { start, end: last + end(profile).length };
}

/** Offsets of lines that are exactly this. */
function findLines(text: string, line: string): readonly number[] {
  const found: number[] = [];
  for (let at = text.indexOf(line); at >= 0; at = text.indexOf(line, at + 1)) {
    const [before, after] = [text[at - 1], text.slice(at + line.length, at + line.length + 2)];
    if ((before === undefined || before === '\n') && /^(?:\r?\n|$)/.test(after)) found.push(at);
  }
  return found;
}

/** Whether a section of that profile is there, in any spelling that some SDK reads. */
export function hasSection(text: string, profile: string): boolean {
  return [...text.matchAll(/^[ \t]*\[[ \t]*(?:profile[ \t]+)?["']?([^\]"'\r\n]*?)["']?[ \t]*\]/gm)].some(
    ([, name]) => name === profile,
  );
}
