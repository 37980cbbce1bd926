// `npm run test:browser`: the client library in headless Chromium against local mode. Counts as skipped, with the reason, where
// there is no Chromium. `--screenshot FILE` keeps a picture of the page. The last line counts.
import type { Browser, Page } from 'playwright-core';
import { cases, type Outcome, type Trial } from './cases.ts';
import { findChromium, startChromium } from './chromium.ts';
import { startServers, type Servers } from './servers.ts';

const counts = { passed: 0, failed: 0, skipped: 0 };

const executable = findChromium(process.env);
if (executable === undefined) {
  console.log('skipped: there is no Chromium (install one, or name it with CHROME_PATH)');
  counts.skipped = cases.length;
} else {
  await runCases(executable);
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 ? 0 : 1;

async function runCases(executablePath: string): Promise<void> {
  const servers = await startServers();
  const browser = await startChromium(executablePath);
  try {
    console.log(`Chromium ${browser.version()}`);
    const { trial, page } = await openPages(browser, servers);
    for (const [name, run] of cases) await runCase(name, () => run(trial));
    const at = process.argv.indexOf('--screenshot');
    const file = at < 0 ? undefined : process.argv[at + 1];
    if (file !== undefined) await page.screenshot({ path: file, fullPage: true });
  } finally {
    await browser.close();
    await servers.stop();
  }
}

async function runCase(name: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
    counts.passed += 1;
    console.log(`ok    ${name}`);
  } catch (cause) {
    counts.failed += 1;
    console.log(`FAIL  ${name}\n${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

async function openPages(browser: Browser, servers: Servers): Promise<{ readonly trial: Trial; readonly page: Page }> {
  const { local } = servers;
  const [page, foreign] = [await browser.newPage(), await browser.newPage()];
  const requests: Trial['requests'][number][] = [];
  // Preflights are the browser's own and show in its protocol only.
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  session.on('Network.requestWillBeSent', ({ request: { method, url, headers } }) =>
    requests.push({ method, url, headers }),
  );
  await Promise.all([page.goto(servers.page), foreign.goto(servers.foreignPage)]);
  const caller =
    (target: Page): Trial['call'] =>
    (name, ...args) =>
      target.evaluate<Outcome>(`tvm.${name}(...${JSON.stringify(args)})`);
  const table = local.account.tables[0]!;
  const settings = {
    url: local.url,
    aws: local.aws,
    region: local.region,
    bucket: local.account.buckets[0]!.name,
    table: table.name,
    partitionKey: 'pk',
    sortKey: 'sk',
  };
  for (const target of [page, foreign]) await caller(target)('setUp', settings);
  const trial: Trial = {
    ...servers,
    call: caller(page),
    callForeign: caller(foreign),
    token: (tenant, expiresIn) => local.mintToken({ tenant, ...(expiresIn === undefined ? {} : { expiresIn }) }),
    requests,
    stored: () =>
      page.evaluate(
        'indexedDB.databases().then((all) => ({ cookie: document.cookie, local: localStorage.length, session: sessionStorage.length, databases: all.length }))',
      ),
  };
  return { trial, page };
}
