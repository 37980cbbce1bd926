// Use of a shared KMS key for data that is encrypted under the tenant's own encryption context. Owns the list of
// cryptographic actions that carry the context. Must never grant CreateGrant: a grant outlives the session.
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IConstruct } from 'constructs';
import { SynthError } from '../errors.ts';
import { actionsOf, type AccessLevel, type LevelActions } from './access-level.ts';
import { tenantPlaceholder, type TenantStatement } from './statement.ts';

/** What the access needs to know of an `IKey`; the class `Key` is one too, also under exactOptionalPropertyTypes. */
export type TenantKey = IConstruct & Pick<IKey, 'keyArn'>;

/** Options of `TenantAccess.kmsEncryptionContext`. */
export interface KmsEncryptionContextOptions {
  /**
   * The key of the encryption context whose value is the tenant id. Every call names it, when decrypting too.
   * @default 'tenant'
   */
  readonly contextKey?: string;
  /**
   * Decrypting, encrypting, or both.
   * @default 'readWrite'
   */
  readonly access?: AccessLevel;
}

/** What may be done with a key. ReEncrypt is left out: it is decided twice, and its second half may be allowed on another
 * key. MACs and signatures carry no context. */
export const cryptographicActions: LevelActions = {
  read: ['kms:Decrypt'],
  write: ['kms:Encrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext'],
};

/**
 * The statement templates. A call without the context has no such key, and StringEquals is false on a missing key.
 * @throws SynthError `TvmTenantAccessInvalid`
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context
 */
export function describeEncryptionContextAccess(
  key: TenantKey,
  options: KmsEncryptionContextOptions,
): readonly TenantStatement[] {
  const { contextKey = 'tenant', access = 'readWrite' } = options;
  refuseAlias(key);
  // `aws:` starts the contexts that services write; `kmsViaService` binds those.
  if (!/^(?!aws:)[A-Za-z0-9_.:/=@+-]{1,128}$/i.test(contextKey)) {
    throw new SynthError(
      'TvmTenantAccessInvalid',
      {
        what: 'The key of the encryption context cannot be used',
        got: JSON.stringify(contextKey),
        allowed: '1 to 128 of A-Z a-z 0-9 _ . : / = @ + -, not starting with aws:',
        fix: 'write it like "tenant"',
      },
      key,
    );
  }
  return [
    {
      Effect: 'Allow',
      Action: actionsOf(cryptographicActions, access),
      Resource: key.keyArn,
      Condition: { StringEquals: { [`kms:EncryptionContext:${contextKey}`]: tenantPlaceholder } },
    },
  ];
}

/**
 * IAM decides the use of a key on the key, so a statement on its alias would allow nothing.
 * @throws SynthError `TvmTenantAccessInvalid`
 */
export function refuseAlias(key: TenantKey): void {
  if (!('aliasName' in key)) return;
  throw new SynthError(
    'TvmTenantAccessInvalid',
    {
      what: 'An alias cannot stand for its key in a policy',
      got: 'an alias',
      allowed: 'the key',
      fix: 'pass the key itself, such as alias.aliasTargetKey or Key.fromKeyArn',
    },
    key,
  );
}
