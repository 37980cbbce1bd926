// Finds a Chromium that is installed and starts it headless, talking to nobody but the pages of the test. Installs nothing.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
const places = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** The program, or undefined where there is none. CHROME_PATH wins; what it names must exist.
 * @throws TypeError where CHROME_PATH names nothing. */
export function findChromium(environment: NodeJS.ProcessEnv): string | undefined {
  const own = environment['CHROME_PATH'];
  if (own !== undefined && own !== '') {
    if (existsSync(own)) return own;
    throw new TypeError('CHROME_PATH names no file; unset it or name a Chromium');
  }
  const folders = (environment['PATH'] ?? '').split(delimiter);
  const inPath = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return [...inPath, ...places].find((path) => existsSync(path));
}

export function startChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
