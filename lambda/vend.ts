// The function's entry point. Everything that can be done once is done here, at start, where Lambda gives full CPU; a bad
// configuration fails the start with every issue, a slow issuer or STS does not.
import { loadConfig } from './configuration.ts';
import { createMachineHandler } from './handler.ts';
import { createMachine, realWorld } from './machine.ts';
import { openDirectConnection } from './sts/direct-connection.ts';
import { warmUp } from './warm-up.ts';

const config = loadConfig(process.env, new URL('config.json', import.meta.url));
const { machine, warm } = createMachine(config, process.env, realWorld(openDirectConnection));
await warmUp(warm, process.env);

/** The Lambda handler: any event in, a well-formed answer out. */
export const handler = createMachineHandler(machine, process.env['TVM_BASE_PATH'] ?? '');
