// Every number of STS, IAM, JWT and HTTP that we depend on, with its unit and where it is written down. Nothing else may hold one.

/** AssumeRole and API limits.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export const sts = {
  /** Shortest session, seconds. */
  minSessionSeconds: 900,
  /** Longest session when a role assumes a role (role chaining), seconds: our function always does. */
  maxChainedSessionSeconds: 3600,
  /** Inline session policy plus policy ARNs, characters of plain text. */
  maxPolicyCharacters: 2048,
  maxPolicyArns: 10,
  sessionName: { minLength: 2, maxLength: 64 },
  sourceIdentity: { minLength: 2, maxLength: 64 },
  externalId: { minLength: 2, maxLength: 1224 },
  maxTags: 50,
  maxTagKeyLength: 128,
  maxTagValueLength: 256,
} as const;

/** Tenant ids: 63 characters fit a session name, a source identity, a session tag and a DNS label. */
export const tenantId = { minLength: 1, maxLength: 63 } as const;

/** Token limits. 8 KiB is what a gateway passes in a header; more is an attack on the decoder.
 * @see https://www.rfc-editor.org/rfc/rfc7519 */
export const token = {
  maxBytes: 8192,
  maxKeyIdLength: 256,
  /** Members and depth of a token's JSON: a claim set needs far less, a JSON bomb far more. */
  maxJsonDepth: 16,
  maxJsonMembers: 512,
  /** 9999-12-31T23:59:59Z, seconds: a NumericDate beyond it is no date. */
  maxNumericDate: 253_402_300_799,
  leewaySeconds: 30,
  defaultMaxAgeSeconds: 86_400,
  minRsaBits: 2048,
} as const;

/** HTTP limits, bytes. An AWS C runtime client gives up on answers over 10,000 bytes. */
export const http = {
  maxBodyBytes: 10_240,
  maxFormBytes: 32_768,
  maxAnswerBytes: 9_500,
  retryAfterSeconds: 2,
} as const;

/** When clients should come back: 900 s before the end, or in the last quarter of a short life.
 * SDKs in Python and .NET refetch below 15 minutes. */
export const refresh = { marginSeconds: 900, lifetimeFraction: 0.25 } as const;

/** Credentials that are handed out again, seconds: none with less than half an hour left, and in the five minutes before that
 * they are renewed by a request while the old ones can still stand in. */
export const reuse = { minSecondsLeft: 1800, renewalSeconds: 300, maxEntries: 10_000 } as const;

/** Caller-written reason of a vend, characters. */
export const maxReasonLength = 256;
