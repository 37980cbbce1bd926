// tvm credential-process: what `credential_process` of an AWS profile runs. SDKs and each `aws` command start it anew, so it
// keeps what it vends in a private folder, and vends once where many start at the same time.
import { isLoopbackUrl } from '../../core/url.ts';
import { cacheFolder } from '../cache/folder.ts';
import { vendOnce, vendThroughCache, type Holder } from '../cache/kept-vend.ts';
import { holderOfToken, type Asked } from '../cache/key.ts';
import { localInstance } from '../cache/local-instance.ts';
import { preparePrivateFolder } from '../cache/private-file.ts';
import { findTokenOrigin } from '../token-sources/origin.ts';
import { exitCodes, print, say, wholeNumber, type Command, type Values } from './command.ts';
import { targetOptions, targetPermissionSet, targetUrl, targetUsage, tokenReader } from './target.ts';

export const credentialProcess: Command = {
  summary: 'vend for an AWS profile: credential_process = tvm credential-process …',
  usage: `${targetUsage}
  --duration SECONDS     900 to 3600
  --no-cache             vend at every call

  Credentials are kept in TVM_CACHE_DIR (default: tvm in the folder for caches), readable by you alone, until they are due.
  tvm configure PROFILE writes the profile.`,
  options: { ...targetOptions, duration: { type: 'string' }, 'no-cache': { type: 'boolean' } },
  run: async (values) => {
    const durationSeconds = wholeNumber(values, 'duration');
    const asked: Asked = {
      url: targetUrl(values),
      ...targetPermissionSet(values),
      ...(durationSeconds === undefined ? {} : { durationSeconds }),
    };
    const holder = await findHolder(values, asked.url);
    const folder = values['no-cache'] === true ? undefined : openFolder();
    const entry = await (folder === undefined
      ? vendOnce(asked, holder)
      : vendThroughCache(folder, asked, holder, warn));
    print(JSON.stringify(entry.process));
    return exitCodes.ok;
  },
};

async function findHolder(values: Values, url: string): Promise<Holder> {
  const token = tokenReader(values, url);
  const instance = isLoopbackUrl(url) ? [await localInstance(url)] : [];
  const origin = findTokenOrigin(values);
  // Local mode gives a token to whoever names a tenant, so the name is as good as the token.
  if (origin?.kind === 'local' && instance[0] !== undefined)
    return { parts: ['local', origin.tenant, origin.subject ?? null, ...instance], token };
  // A login and a job are found without a token, which would have to be renewed or asked for just to find what is kept.
  if (origin?.kind === 'login') {
    const { loginHolder } = await import('../login/login-token.ts');
    return { parts: [...loginHolder(origin.name), ...instance], token };
  }
  if (origin?.kind === 'github-actions') {
    const { githubActionsHolder } = await import('../token-sources/github-actions.ts');
    return { parts: [...githubActionsHolder(origin.audience, process.env), ...instance], token };
  }
  const known = await token();
  return { parts: [...holderOfToken(known), ...instance], known, token: async () => known };
}

/** Without a folder that is private everything works, one vend per call. */
function openFolder(): string | undefined {
  const folder = cacheFolder(process.env);
  const why = preparePrivateFolder(folder);
  if (why === undefined) return folder;
  warn(`the cache folder ${folder} ${why}, so nothing is kept`);
  return undefined;
}

function warn(why: string): void {
  say(`tvm: ${why}`);
  say('try: TVM_CACHE_DIR with a folder of your own, mode 0700');
}
