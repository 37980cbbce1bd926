// The XML of local STS: results, credentials and refusals, as the Query protocol has them. Decides nothing.
// @see https://docs.aws.amazon.com/STS/latest/APIReference/API_Credentials.html
import { randomUUID } from 'node:crypto';
import type { AwsRefusal, HttpAnswer } from '../refusal.ts';
import type { TemporarySession } from '../sessions.ts';
import { element, parent, xmlDocument, type Xml } from '../wire/xml.ts';
import { StsDenial } from './denial.ts';

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** Not AWS's: real STS gives no encoded message away. SDKs ignore headers that they do not know. */
const encodedMessageHeader = 'x-tvm-encoded-authorization-message';

/** The 200 of an action. */
export function renderStsResult(action: string, result: readonly Xml[]): HttpAnswer {
  const requestId = randomUUID();
  return {
    status: 200,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: xmlDocument(
      parent(
        `${action}Response`,
        [parent(`${action}Result`, result), parent('ResponseMetadata', [element('RequestId', requestId)])],
        namespace,
      ),
    ),
  };
}

/** The `Credentials` element. */
export function credentialsElement(session: TemporarySession): Xml {
  return parent('Credentials', [
    element('AccessKeyId', session.accessKeyId),
    element('SecretAccessKey', session.secretAccessKey),
    element('SessionToken', session.sessionToken),
    element('Expiration', `${new Date(session.expiresAt).toISOString().slice(0, 19)}Z`),
  ]);
}

/** The `AssumedRoleUser` element. */
export function assumedRoleElement({ userId, sessionArn }: TemporarySession): Xml {
  return parent('AssumedRoleUser', [element('AssumedRoleId', userId), element('Arn', sessionArn)]);
}

/** A refusal as STS writes it. */
export function renderStsRefusal(refusal: AwsRefusal): HttpAnswer {
  const { code, status, message } = refusal;
  const requestId = randomUUID();
  return {
    status,
    headers: {
      'content-type': 'text/xml',
      'x-amzn-requestid': requestId,
      ...(refusal instanceof StsDenial ? { [encodedMessageHeader]: refusal.encodedMessage } : {}),
    },
    body: xmlDocument(
      parent(
        'ErrorResponse',
        [
          parent('Error', [
            element('Type', status < 500 ? 'Sender' : 'Receiver'),
            element('Code', code),
            element('Message', message),
          ]),
          element('RequestId', requestId),
        ],
        namespace,
      ),
    ),
  };
}
