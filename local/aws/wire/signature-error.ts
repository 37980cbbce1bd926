// Why a signature was not accepted, before any service has put it into its own words: S3, STS and DynamoDB use different
// codes and statuses for the same thing. The one table of those codes.
// @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
// @see https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
// @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
import { AwsRefusal } from '../refusal.ts';

/** The kinds of failure of an authentication. */
export type SignatureFailure =
  | 'missing'
  | 'incomplete'
  | 'two-mechanisms'
  | 'unsupported-mechanism'
  | 'unknown-key'
  | 'wrong-session-token'
  | 'mismatch'
  | 'skewed'
  | 'presigned-expired'
  | 'session-expired'
  | 'unsigned-header'
  | 'payload-hash-missing'
  | 'payload-hash-mismatch';

/** Thrown by the verifier; {@link toRefusal} gives it the words of a service. */
export class SignatureError extends Error {
  override readonly name = 'SignatureError';
  readonly failure: SignatureFailure;

  constructor(failure: SignatureFailure) {
    super(failure);
    this.failure = failure;
  }
}

/** The services of local AWS, by their name in a SigV4 scope. */
export type ServiceName = 'sts' | 's3' | 'dynamodb';

type Words = readonly [code: string, status: number, message: string];

const mismatch =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.';
const invalidToken = 'The security token included in the request is invalid.';
const expiredToken = 'The security token included in the request is expired';
const twoMechanisms = 'Only one authentication mechanism is allowed, with one value for each parameter.';
const unsignedHeader = 'There were headers present in the request which were not signed';
const incomplete = 'The authentication parameters are malformed or incomplete (AWS Signature Version 4).';

const words: Readonly<Record<ServiceName, Readonly<Record<SignatureFailure, Words>>>> = {
  s3: {
    missing: ['AccessDenied', 403, 'Access Denied'],
    incomplete: ['AuthorizationQueryParametersError', 400, incomplete],
    'two-mechanisms': ['InvalidArgument', 400, twoMechanisms],
    'unsupported-mechanism': ['InvalidRequest', 400, 'Please use AWS4-HMAC-SHA256.'],
    'unknown-key': ['InvalidAccessKeyId', 403, 'The AWS Access Key Id you provided does not exist in our records.'],
    'wrong-session-token': ['InvalidToken', 400, 'The provided token is malformed or otherwise invalid.'],
    mismatch: ['SignatureDoesNotMatch', 403, mismatch],
    skewed: ['RequestTimeTooSkewed', 403, 'The difference between the request time and the current time is too large.'],
    'presigned-expired': ['AccessDenied', 403, 'Request has expired'],
    'session-expired': ['ExpiredToken', 400, 'The provided token has expired.'],
    'unsigned-header': ['AccessDenied', 403, unsignedHeader],
    'payload-hash-missing': ['InvalidRequest', 400, 'Missing required header for this request: x-amz-content-sha256'],
    'payload-hash-mismatch': [
      'XAmzContentSHA256Mismatch',
      400,
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    ],
  },
  sts: {
    missing: ['MissingAuthenticationToken', 403, 'Request is missing Authentication Token'],
    incomplete: ['IncompleteSignature', 400, incomplete],
    'two-mechanisms': ['IncompleteSignature', 400, twoMechanisms],
    'unsupported-mechanism': ['IncompleteSignature', 400, 'Please use AWS4-HMAC-SHA256.'],
    'unknown-key': ['InvalidClientTokenId', 403, invalidToken],
    'wrong-session-token': ['InvalidClientTokenId', 403, invalidToken],
    mismatch: ['SignatureDoesNotMatch', 403, mismatch],
    skewed: ['SignatureDoesNotMatch', 403, 'Signature expired: the request time is more than 15 min from ours.'],
    'presigned-expired': ['SignatureDoesNotMatch', 403, 'Signature expired: the presigned URL has run out.'],
    'session-expired': ['ExpiredToken', 403, expiredToken],
    'unsigned-header': ['SignatureDoesNotMatch', 403, unsignedHeader],
    'payload-hash-missing': ['SignatureDoesNotMatch', 403, mismatch],
    'payload-hash-mismatch': ['SignatureDoesNotMatch', 403, mismatch],
  },
  dynamodb: {
    missing: ['MissingAuthenticationTokenException', 400, 'Request is missing Authentication Token'],
    incomplete: ['IncompleteSignatureException', 400, incomplete],
    'two-mechanisms': ['InvalidSignatureException', 400, twoMechanisms],
    'unsupported-mechanism': ['IncompleteSignatureException', 400, 'Please use AWS4-HMAC-SHA256.'],
    'unknown-key': ['UnrecognizedClientException', 400, invalidToken],
    'wrong-session-token': ['UnrecognizedClientException', 400, invalidToken],
    mismatch: ['InvalidSignatureException', 400, mismatch],
    skewed: ['InvalidSignatureException', 400, 'Signature expired: the request time is more than 15 min from ours.'],
    'presigned-expired': ['InvalidSignatureException', 400, 'Signature expired: the presigned URL has run out.'],
    'session-expired': ['ExpiredTokenException', 400, expiredToken],
    'unsigned-header': ['InvalidSignatureException', 400, unsignedHeader],
    'payload-hash-missing': ['InvalidSignatureException', 400, mismatch],
    'payload-hash-mismatch': ['InvalidSignatureException', 400, mismatch],
  },
};

/** A signature failure in the words of one service. */
export function toRefusal(error: SignatureError, service: ServiceName): AwsRefusal {
  return new AwsRefusal(...words[service][error.failure]);
}
