// The start of an environment: what is done ahead, and that nothing of it can hold or end the start.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { warmUp } from '../../lambda/warm-up.ts';
import { openDirectConnection } from '../../lambda/sts/direct-connection.ts';
import { answerXml, assumeRoleInput, assumeRoleXml, startPeer, type Peer } from './fixtures.ts';

const never = (): Promise<void> => new Promise(() => undefined);

describe('warmUp', () => {
  const own = (): void => undefined;
  const nothing = async (): Promise<void> => undefined;
  const provisioned = { AWS_LAMBDA_INITIALIZATION_TYPE: 'provisioned-concurrency' };
  const soon = (then: () => void) => async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    then();
  };

  it('waits for keys, because Lambda freezes what is left', async () => {
    let isDone = false;
    await warmUp({ keys: soon(() => (isDone = true)), sts: nothing, own }, {});
    expect(isDone).toBe(true);
  });

  it('begins to connect and does not wait for it where a request waits, and does where none waits', async () => {
    let isConnected = false;
    const sts = soon(() => (isConnected = true));
    await warmUp({ keys: nothing, sts, own }, {});
    expect(isConnected).toBe(false);
    await expect.poll(() => isConnected).toBe(true);
    isConnected = false;
    await warmUp({ keys: nothing, sts, own }, provisioned);
    expect(isConnected).toBe(true);
  });

  it('lets a request that waits go on after 0.4 s', async () => {
    const startedAt = performance.now();
    await warmUp({ keys: never, sts: never, own }, {});
    const took = performance.now() - startedAt;
    expect(took).toBeGreaterThan(350);
    expect(took).toBeLessThan(1_500);
  });

  it('has more time where no request waits', async () => {
    const isOver = await Promise.race([
      warmUp({ keys: never, sts: nothing, own }, provisioned).then(() => true),
      new Promise((resolve) => setTimeout(() => resolve(false), 1_000)),
    ]);
    expect(isOver).toBe(false);
  });

  it('does not fail where the work does', async () => {
    const fail = (): Promise<void> => Promise.reject(new TypeError('down'));
    const broken = (): void => {
      throw new TypeError('no standard output');
    };
    await expect(warmUp({ keys: fail, sts: fail, own: broken }, {})).resolves.toBeUndefined();
  });

  it('does its own work when the requests are on their way, and before the first one comes', async () => {
    const order: string[] = [];
    const keys = async (): Promise<void> => void order.push('keys');
    const sts = async (): Promise<void> => void order.push('sts');
    await warmUp({ keys, sts, own: () => void order.push('own') }, {});
    expect(order).toEqual(['keys', 'sts', 'own']);
  });
});

describe('a warmed connection to STS', () => {
  let sts: Peer;
  const open = (): ReturnType<typeof openDirectConnection> =>
    openDirectConnection({
      region: 'us-east-1',
      endpoint: sts.url,
      credentials: () => ({ accessKeyId: 'A', secretAccessKey: 's' }),
      clock: () => Date.now(),
    });

  beforeEach(async () => {
    sts = await startPeer((_, response, body) => answerXml(response, assumeRoleXml(body)));
  });

  afterEach(() => sts.stop());

  it('is the one that the first vend uses', async () => {
    const connection = open();
    await connection.warm(AbortSignal.timeout(2_000));
    await connection.send(assumeRoleInput, AbortSignal.timeout(2_000));
    expect(sts.connections).toHaveLength(1);
    expect(sts.requests.get('/')).toBe(1);
  });

  it('is not needed: where STS closed it, the first vend opens another', async () => {
    const connection = open();
    await connection.warm(AbortSignal.timeout(2_000));
    await expect.poll(() => sts.connections.length).toBe(1);
    sts.connections[0]!.destroy();
    await expect(connection.send(assumeRoleInput, AbortSignal.timeout(2_000))).resolves.toBeDefined();
  });
});
