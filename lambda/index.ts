// token-vending-machine/lambda: the handler, and the means to embed it with your own configuration and ports.
import { parseVendingConfig } from '../core/config.ts';
import type { Machine } from '../core/ports.ts';
import { loadConfig } from './configuration.ts';
import { createMachineHandler, type Handler } from './handler.ts';
import { createMachine, realWorld } from './machine.ts';
import { openSdkConnection } from './sts/sdk-connection.ts';

export type { Handler, InvocationContext } from './handler.ts';
export type { AssumeRole, AuditSink, Machine, TokenVerifier } from '../core/ports.ts';

/** Makes a handler of a configuration (parsed here; throws `misconfigured`). `ports` replaces any of the real ones. */
export function createHandler(config: unknown, ports: Partial<Omit<Machine, 'config'>> = {}): Handler {
  const parsed = parseVendingConfig(config);
  return createMachineHandler({
    ...createMachine(parsed, process.env, realWorld(openSdkConnection)).machine,
    ...ports,
    config: parsed,
  });
}

let embedded: Handler | undefined;

/** The handler of the configuration in `TVM_CONFIG`, read at the first call so that importing this module needs none. */
export const handler: Handler = (event, context) => {
  embedded ??= createHandler(loadConfig(process.env, new URL('config.json', import.meta.url)));
  return embedded(event, context);
};
