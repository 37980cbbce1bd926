// Encoded authorization messages: why a request was denied, in the form that AWS documents, sealed with a key that lives as long as
// this process. The contents name policies and conditions, so nobody reads or makes one without local STS.
// @see https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Decision, Reason } from '../../../core/iam/index.ts';
import type { ContextKeys, Need } from '../authorise.ts';
import { AwsRefusal } from '../refusal.ts';

/** Who was denied what, for the encoded message. */
export interface Denied {
  readonly principal: { readonly id: string; readonly arn: string };
  readonly need: Pick<Need, 'action' | 'resource'>;
  readonly context: ContextKeys;
  readonly decision: Decision | undefined;
}

const key = randomBytes(32);
const ivBytes = 12;
const tagBytes = 16;
/** Sealed texts are filled up to whole blocks: the length of a message must not tell whether a role exists. */
const blockBytes = 2048;
/** Real STS takes 10,240 characters; what would be longer is sealed without its conditions. */
const maxCharacters = 10_240;

/** Seals the reason of a denial, at most 10,240 characters of base64url. */
export function encodeAuthorizationMessage(denied: Denied): string {
  const whole = seal(JSON.stringify(toMessage(denied)));
  return whole.length <= maxCharacters ? whole : seal(JSON.stringify(toMessage({ ...denied, context: {} })));
}

/** Opens a message of this process. Throws InvalidAuthorizationMessageException for every other text. */
export function decodeAuthorizationMessage(encoded: string): string {
  const bytes = Buffer.from(encoded, 'base64url');
  // Buffer skips what is not base64url, which would give one message many spellings.
  if (bytes.toString('base64url') !== encoded || bytes.length <= ivBytes + tagBytes) throw invalidMessage();
  try {
    const opener = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes });
    opener.setAuthTag(bytes.subarray(-tagBytes));
    const padded = Buffer.concat([opener.update(bytes.subarray(ivBytes, -tagBytes)), opener.final()]);
    return inflateRawSync(padded.subarray(4, 4 + padded.readUInt32BE(0))).toString('utf8');
  } catch {
    throw invalidMessage();
  }
}

function seal(text: string): string {
  const packed = deflateRawSync(text);
  const padded = Buffer.alloc(Math.ceil((packed.length + 4) / blockBytes) * blockBytes);
  padded.writeUInt32BE(packed.length);
  packed.copy(padded, 4);
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes });
  return Buffer.concat([iv, cipher.update(padded), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** The members and nesting of AWS's own messages. */
function toMessage({ principal, need, context, decision }: Denied): unknown {
  const reasons = decision?.reasons ?? [];
  const isExplicit = decision?.outcome === 'explicitly-denied';
  const conditions = Object.entries(context).map(([name, values]) => ({
    key: name,
    values: { items: [values].flat().map((value) => ({ value })) },
  }));
  return {
    allowed: false,
    explicitDeny: isExplicit,
    matchedStatements: {
      items: reasons
        .filter(({ effect, result }) => result === 'matched' && (effect === 'Deny' || !isExplicit))
        .map(toItem),
    },
    failures: { items: reasons.filter(({ result }) => result !== 'matched').map(toItem) },
    context: { principal, action: need.action, resource: need.resource, conditions: { items: conditions } },
  };
}

function toItem({ layer, sid, statement, effect, detail }: Reason): unknown {
  return {
    statementId: sid ?? '',
    sourcePolicyType: layer,
    effect: effect?.toUpperCase(),
    ...(statement === undefined ? {} : { statement }),
    detail,
  };
}

function invalidMessage(): AwsRefusal {
  return new AwsRefusal('InvalidAuthorizationMessageException', 400, 'Message is not valid');
}
