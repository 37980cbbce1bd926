// Vends through the cache: what is there and may be served is served; else one process vends while the others wait for it.
import { join } from 'node:path';
import { readChance, sleep } from '../../client/platform.ts';
import { retryOutages } from '../../client/retry.ts';
import { requestDocument, requestVend } from '../../client/vend.ts';
import { isRecord } from '../../core/iam/syntax.ts';
import { isFresh, parseEntry, toEntry, withToken, type Entry } from './entry.ts';
import { cacheKey, sha256, type Asked } from './key.ts';
import { withLock } from './lock.ts';
import { readPrivateFile, replacePrivateFile, sweep } from './private-file.ts';

/** Who asks. */
export interface Holder {
  /** What the key holds of the asker. */
  readonly parts: readonly unknown[];
  /** The token, where there is one before anything is asked; local tenants get theirs only for a vend. */
  readonly known?: string;
  readonly token: () => Promise<string>;
}

/** Milliseconds for one request. */
const requestTimeout = 8_000;

/** Vends without any cache. */
export async function vendOnce(asked: Asked, holder: Holder): Promise<Entry> {
  const token = await holder.token();
  const attempt = (): ReturnType<typeof requestVend> =>
    requestVend({ ...asked, token, signal: AbortSignal.timeout(requestTimeout) });
  return toEntry(await retryOutages(attempt, { sleep, chance: readChance }), sha256(token), Date.now());
}

/** Credentials from the folder, or vended and put there. `warn` hears why they could not be kept. */
export async function vendThroughCache(
  folder: string,
  asked: Asked,
  holder: Holder,
  warn: (why: string) => void,
): Promise<Entry> {
  const key = cacheKey(asked, holder.parts);
  const tokenHash = holder.known === undefined ? undefined : sha256(holder.known);
  const find = (): Entry | undefined => {
    const entry = parseEntry(readPrivateFile(join(folder, `${key}.json`)));
    return entry !== undefined && isFresh(entry, Date.now()) ? entry : undefined;
  };
  const findServable = (): Entry | undefined => {
    const entry = find();
    return tokenHash === undefined || entry?.tokens.includes(tokenHash) === true ? entry : undefined;
  };
  const keep = (entry: Entry): Entry => {
    try {
      replacePrivateFile(folder, key, JSON.stringify(entry));
      sweep(folder, Date.now());
    } catch {
      warn('the credentials could not be kept');
    }
    return entry;
  };
  return (
    findServable() ??
    withLock(folder, key, findServable, async () => {
      const entry = find();
      if (entry !== undefined && tokenHash !== undefined && (await isConfirmed(asked, holder, entry)))
        return keep(withToken(entry, tokenHash));
      return keep(await vendOnce(asked, holder));
    })
  );
}

/** Whether the machine takes this other token for the holder of the entry. The claims that found it were not verified: without
 * asking, a token that anybody made up would be given the credentials of whom it names. Costs one request and no vend. */
async function isConfirmed(asked: Asked, holder: Holder, entry: Entry): Promise<boolean> {
  const signal = AbortSignal.timeout(requestTimeout);
  // Whatever goes wrong here, the vend that follows says it better.
  const identity = await requestDocument({ url: asked.url, token: await holder.token(), signal }, '/v1/identity').catch(
    () => undefined,
  );
  if (!isRecord(identity)) return false;
  const { Tenant: tenant, Subject: subject, PermissionSets: sets } = identity;
  return (
    tenant === entry.tenant && subject === entry.subject && Array.isArray(sets) && sets.includes(entry.permissionSet)
  );
}
