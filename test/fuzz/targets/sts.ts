// The STS Query protocol: forms, and what is read from them.
import fc from 'fast-check';
import type { TvmErrorCode } from '../../../core/errors.ts';
import { readForm } from '../../../core/protocol/form.ts';
import { isCompactToken } from '../../../core/protocol/http.ts';
import { readStsRequest } from '../../../core/protocol/sts-query.ts';
import { secrets } from '../../core/fixtures.ts';
import { accepted, holdCodes, promise, promiseEqual, textOf, type Outcome, type Target } from '../target.ts';
import { askMachine, config, request } from './asked-machine.ts';

const formCodes: readonly TvmErrorCode[] = ['request-invalid', 'request-too-large', 'media-type-unsupported'];
const pair = fc
  .tuple(
    fc.constantFrom('Action', 'Version', 'a', 'b', '', '%61', 'a+b', 'Policy'),
    fc.constantFrom(
      'AssumeRoleWithWebIdentity',
      '2011-06-15',
      'x=y',
      '%',
      '%zz',
      '%ff',
      '%F0%9F%98%80',
      '+',
      '%2B',
      '',
    ),
  )
  .map(([name, value]) => `${name}=${value}`);
const formText = fc.array(pair, { maxLength: 5 }).map((pairs) => pairs.join('&'));
const formType = new Map([['content-type', ['application/x-www-form-urlencoded']]]);

const stsForm: Target = {
  name: 'sts-form',
  words: ['&', '=', '%', '%00', '%ff', '%C0%80', '+', '&&', 'Action=', '%26', '%3D', ';', 'a=b'],
  maxLength: 33_000,
  structured: formText,
  check: (input) =>
    holdCodes(
      () => readForm(request({ headers: formType, body: input })),
      formCodes,
      (form) => {
        promise(input.length <= 32_768, 'accepts over 32 KiB');
        // The URL standard's own parser, which repairs: what we accept it must read in the same way. It drops a leading
        // question mark, and an empty pair.
        const standard = [...new URLSearchParams(`&${textOf(input) ?? ''}`)];
        promiseEqual(
          [...form],
          standard.map(([name, value]) => [name, value]),
          'reads otherwise than the URL standard',
        );
        const written = new URLSearchParams([...form]).toString();
        promiseEqual(
          [...readForm(request({ headers: formType, body: Buffer.from(written) }))],
          [...form],
          'reads its own writing differently',
        );
        return accepted(`${Math.min(form.size, 8)} parameters`);
      },
    ),
};

const stsFields = ['Action', 'Version', 'RoleArn', 'RoleSessionName', 'WebIdentityToken', 'DurationSeconds'];
const stsText = fc
  .tuple(
    fc.subarray(
      [
        'Action=AssumeRoleWithWebIdentity',
        'Version=2011-06-15',
        `WebIdentityToken=${secrets.token}`,
        'RoleSessionName=a',
      ],
      { minLength: 3 },
    ),
    fc.constantFrom(
      'arn:aws:iam::111122223333:role/tvm-documents',
      'arn:aws:iam::1:role/x/documents',
      'arn:aws:iam::1:user/documents',
      'documents',
      '',
      'role/documents',
    ),
    fc.array(
      fc.constantFrom(
        'DurationSeconds=900',
        'DurationSeconds=9e2',
        'DurationSeconds=',
        'Policy={}',
        'PolicyArns.member.1.arn=x',
        'ProviderId=x',
        'RoleArn=a',
        'action=x',
      ),
      { maxLength: 1 },
    ),
  )
  .map(([fields, arn, more]) => [...fields, `RoleArn=${encodeURIComponent(arn)}`, ...more].join('&'));

const stsQuery: Target = {
  name: 'sts-query',
  words: [
    '&',
    '=',
    '%',
    '+',
    '%0A',
    'Policy=',
    'PolicyArns.member.1.arn=',
    'RoleArn=',
    'WebIdentityToken=',
    secrets.token,
    'DurationSeconds=900',
    'Action=AssumeRole',
    '/documents',
  ],
  maxLength: 33_000,
  structured: stsText,
  check: async (input) => {
    const asked = request({ headers: formType, body: input });
    const codes: readonly TvmErrorCode[] = [
      ...formCodes,
      'not-found',
      'token-missing',
      'token-invalid',
      'duration-out-of-range',
    ];
    const outcome: Outcome = holdCodes(
      () => readStsRequest(asked, config),
      codes,
      ({ token, request: vend }) => {
        const form = new URLSearchParams(`&${textOf(input) ?? ''}`);
        promise(
          [...form.keys()].every((name) => stsFields.includes(name)),
          'accepts a parameter that it does not serve',
        );
        promise(isCompactToken(token) && form.get('WebIdentityToken')?.trim() === token, 'reads another token');
        const seconds = vend.durationSeconds ?? 900;
        promise(Number.isInteger(seconds) && seconds >= 900 && seconds <= 3600, 'accepts a duration out of range');
        const arn = form.get('RoleArn') ?? '';
        const isNamed = arn === config.permissionSets['documents']!.roleArn || arn.endsWith('/documents');
        promise(vend.permissionSet !== 'documents' || isNamed, 'selects a set that RoleArn does not name');
        return accepted(vend.permissionSet === 'documents' ? 'known set' : 'unknown set');
      },
    );
    const response = await askMachine(asked);
    promise(outcome.accepted || response.status >= 400, 'answers what it refuses to read');
    return outcome;
  },
};

export const stsTargets: readonly Target[] = [stsForm, stsQuery];
