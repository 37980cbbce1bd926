// DynamoDB's own errors and how it writes a refusal: JSON with a namespaced type.
// @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AwsRefusal, type HttpAnswer } from '../refusal.ts';

/** The request is not what the operation takes. */
export function validationException(message: string): AwsRefusal {
  return new AwsRefusal('ValidationException', 400, message);
}

/** There is no such table (any more). */
export function resourceNotFound(): AwsRefusal {
  return new AwsRefusal('ResourceNotFoundException', 400, 'Requested resource not found');
}

/** The body is not the JSON that DynamoDB takes. */
export function serializationException(message: string): AwsRefusal {
  return new AwsRefusal('SerializationException', 400, message);
}

/** Codes that belong to DynamoDB itself; the others come from the front end that all services share. */
const ownCodes = new Set(['ResourceNotFoundException']);

/** A refusal as DynamoDB writes it. */
export function renderDynamoDbRefusal({ code, status, message }: AwsRefusal): HttpAnswer {
  const namespace = ownCodes.has(code) ? 'com.amazonaws.dynamodb.v20120810' : 'com.amazon.coral.service';
  return jsonAnswer(status, { __type: `${namespace}#${code}`, message });
}

/** A JSON answer. */
export function jsonAnswer(status: number, value: unknown): HttpAnswer {
  const body = JSON.stringify(value);
  const requestId = randomUUID().replaceAll('-', '').toUpperCase();
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amzn-requestid': requestId,
    'x-amz-crc32': String(crc32(body)),
  };
  return { status, headers, body };
}
