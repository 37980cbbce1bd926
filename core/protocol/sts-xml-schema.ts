// The XML answers of the STS route as /openapi.json shows them; `xml` says which names they have on the wire.
// @see https://spec.openapis.org/oas/v3.1.1#xml-object
import type { JsonSchema } from '../schema.ts';

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';
const text = { type: 'string' } as const;

function element(properties: JsonSchema, optional: readonly string[] = []): JsonSchema {
  return { type: 'object', properties, required: Object.keys(properties).filter((name) => !optional.includes(name)) };
}

/** The 200. */
export const stsAnswerJson: JsonSchema = {
  ...element({
    AssumeRoleWithWebIdentityResult: element(
      {
        Credentials: element({
          AccessKeyId: text,
          SecretAccessKey: text,
          SessionToken: text,
          Expiration: { type: 'string', format: 'date-time' },
        }),
        AssumedRoleUser: element({ AssumedRoleId: text, Arn: text }, ['AssumedRoleId']),
        SubjectFromWebIdentityToken: text,
        Provider: text,
        Audience: text,
        SourceIdentity: text,
        PackedPolicySize: { type: 'integer' },
      },
      ['SubjectFromWebIdentityToken', 'Audience', 'SourceIdentity', 'PackedPolicySize'],
    ),
    ResponseMetadata: element({ RequestId: text }),
  }),
  xml: { name: 'AssumeRoleWithWebIdentityResponse', namespace },
};

/** A refusal. */
export const stsErrorJson: JsonSchema = {
  ...element({
    Error: element({ Type: { enum: ['Sender', 'Receiver'] }, Code: text, Message: text }),
    RequestId: text,
  }),
  xml: { name: 'ErrorResponse', namespace },
};
