// The STS Query protocol of AssumeRole: the form that is sent, and the two XML shapes that come back. Pure.
// @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
import type { AssumedRole } from '../../core/credentials.ts';
import { TvmError } from '../../core/errors.ts';
import { leafText, readXml } from '../../core/protocol/xml-reader.ts';
import type { AssumeRoleInput } from '../../core/session.ts';
import { parseAssumedRole } from './assumed-role.ts';

/** The form body, byte for byte what AWS SDKs send (`sdk-connection` is the oracle). */
export function renderAssumeRoleForm(input: AssumeRoleInput): string {
  const fields: (readonly [string, string | undefined])[] = [
    ['Action', 'AssumeRole'],
    ['Version', '2011-06-15'],
    ['RoleArn', input.roleArn],
    ['RoleSessionName', input.roleSessionName],
    ...input.policyArns.map((arn, index) => [`PolicyArns.member.${index + 1}.arn`, arn] as const),
    ['Policy', input.policy === '' ? undefined : input.policy],
    ['DurationSeconds', String(input.durationSeconds)],
    ...input.tags.flatMap(({ key, value }, index) => [
      [`Tags.member.${index + 1}.Key`, key] as const,
      [`Tags.member.${index + 1}.Value`, value] as const,
    ]),
    ...input.transitiveTagKeys.map((key, index) => [`TransitiveTagKeys.member.${index + 1}`, key] as const),
    ['ExternalId', input.externalId],
    ['SourceIdentity', input.sourceIdentity],
  ];
  return fields.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${percentEncode(value)}`])).join('&');
}

/** RFC 3986: encodeURIComponent leaves alone five characters that SigV4 wants encoded.
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-2.3 */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The credentials of a 2xx answer. Elements that we do not know are passed over, as AWS adds to answers. Throws
 * `upstream-invalid`. */
export function readAssumeRoleAnswer(text: string): AssumedRole {
  const document = readXml(text, 'AssumeRoleResponse');
  if (document === undefined) throw new TvmError('upstream-invalid', { detail: 'the answer of STS is no AssumeRole' });
  const leaf = (...path: readonly string[]): string | undefined => leafText(document, ['AssumeRoleResult', ...path]);
  const expiration = leaf('Credentials', 'Expiration');
  const packed = leaf('PackedPolicySize');
  return parseAssumedRole({
    accessKeyId: leaf('Credentials', 'AccessKeyId'),
    secretAccessKey: leaf('Credentials', 'SecretAccessKey'),
    sessionToken: leaf('Credentials', 'SessionToken'),
    expiration: expiration === undefined ? undefined : readTime(expiration),
    assumedRoleArn: leaf('AssumedRoleUser', 'Arn'),
    assumedRoleId: leaf('AssumedRoleUser', 'AssumedRoleId'),
    packedPolicySize: packed === undefined || !/^\d{1,9}$/.test(packed) ? undefined : Number(packed),
  });
}

/** RFC 3339 only: Date.parse alone takes "1", and takes it for 2001. */
function readTime(text: string): Date | undefined {
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  return isTime ? new Date(text) : undefined;
}

/** An error that STS answered, in the form that `readStsFailure` reads. `name` is the code, empty where the answer has none. */
export class StsError extends Error {
  readonly $metadata: { readonly httpStatusCode: number; readonly clockSkewCorrected: boolean };

  constructor(text: string, status: number, clockSkewCorrected: boolean) {
    const document = readXml(text, 'ErrorResponse');
    const leaf = (name: string): string => (document === undefined ? '' : (leafText(document, ['Error', name]) ?? ''));
    super(leaf('Message'));
    this.name = leaf('Code');
    this.$metadata = { httpStatusCode: status, clockSkewCorrected };
  }
}
