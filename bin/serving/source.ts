// The provider behind an endpoint: the target of the options, its token read anew for every vend.
import { fromTokenVendingMachine, type CredentialProvider } from '../../client/provider.ts';
import { wholeNumber, type Values } from '../commands/command.ts';
import { targetPermissionSet, targetUrl, tokenReader } from '../commands/target.ts';

/** Makes the provider and vends once, so that what is wrong shows now and not in the middle of somebody's work. */
export async function openProvider(
  values: Values,
): Promise<{ readonly url: string; readonly provider: CredentialProvider }> {
  const url = targetUrl(values);
  const durationSeconds = wholeNumber(values, 'duration');
  const provider = fromTokenVendingMachine({
    url,
    token: tokenReader(values, url),
    ...targetPermissionSet(values),
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
  });
  await provider();
  return { url, provider };
}
