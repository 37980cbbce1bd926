// What the client pages show is what was run: their code is the tested files' own, their figures are the last whole run's.
// Needs none of the clients; `npm run test:clients` runs those.
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rendered, renderedPart, resultsFile } from './pages.ts';
import { shownPart, snippetsOf } from './snippets.ts';
import type { Row } from './try-client.ts';

const read = (page: string): string => readFileSync(page, 'utf8');
const pages = globSync('docs/clients/*.md').map((page) => ({ page, text: read(page) }));
const tested = ['aws-cli', 'boto3', 'go', 'java', 'javascript', 'rust'];
const untested = ['docker', 'dotnet', 'flutter', 'github-actions', 'kotlin', 'kubernetes', 'php', 'swift', 'terraform'];
const find = (name: string): { readonly page: string; readonly text: string } =>
  pages.find(({ page }) => page === `docs/clients/${name}.md`)!;

describe('how-to pages', () => {
  it('are one for each client, and linked', () => {
    const names = pages.map(({ page }) => page.slice('docs/clients/'.length, -'.md'.length)).sort();
    expect(names).toEqual([...tested, ...untested].sort());
    for (const name of names) expect(read('docs/clients.md')).toContain(`(clients/${name}.md)`);
  });

  it.each(pages)('$page shows of tested files exactly what is in them', ({ page, text }) => {
    for (const { code, source } of snippetsOf(page, text)) {
      if (source !== undefined) expect(code, source).toBe(shownPart(source));
    }
  });

  it.each(tested)('%s shows only what is run, the code of its own client included', (name) => {
    const { page, text } = find(name);
    const sources = snippetsOf(page, text).map(({ source }) => source ?? 'untested');
    expect(sources).not.toContain('untested');
    expect(sources.filter((source) => !source.startsWith('test/clients/ways/'))).not.toEqual([]);
  });

  it.each(untested)('%s says that nothing ran it', (name) => {
    const { page, text } = find(name);
    expect(text).toContain('Untested here');
    expect(snippetsOf(page, text).filter(({ source }) => source !== undefined)).toEqual([]);
  });

  it('are refused where a piece of code does not say where it comes from', () => {
    expect(() => snippetsOf('x.md', 'text\n```sh\nls\n```')).toThrow('x.md:2 needs');
    expect(() => snippetsOf('x.md', '<!-- untested here -->\n```sh\nls')).toThrow('does not end');
  });
});

describe('measured parts', () => {
  const rows = JSON.parse(read(resultsFile)) as readonly Row[];

  it.each(rendered)('of $page are those of the last whole run', ({ page, render }) => {
    expect(renderedPart(read(page), page)).toBe(render(rows).trim());
  });

  it('hold no token, no secret and no folder of the machine that measured', () => {
    expect(read(resultsFile)).not.toMatch(/eyJ|ASIA|\/tmp\/|\/root|\/home|127\.0\.0\.1/);
  });
});
