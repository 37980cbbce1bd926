// tvm serve: an endpoint from which SDKs on this machine fetch and renew credentials, until it is stopped. Its other output is
// the token of that endpoint, so standard output is as secret as credentials.
import { startEndpoint } from '../serving/endpoint.ts';
import { openProvider } from '../serving/source.ts';
import { exitCodes, print, say, type Command } from './command.ts';
import { describeFailure, sayFailure } from './failure.ts';
import { findLocalAws, targetOptions, targetUsage } from './target.ts';

export const serve: Command = {
  summary: 'serve credentials to SDKs on this machine, renewed as they come due',
  usage: `${targetUsage}
  --duration SECONDS     900 to 3600
  --json                 the variables as one line of JSON

  Prints the two variables that every AWS SDK reads. tvm exec --server -- CMD does the same for one command.`,
  options: { ...targetOptions, duration: { type: 'string' } },
  run: async (values) => {
    const stopping = new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
    });
    const { url, provider } = await openProvider(values);
    const endpoint = await startEndpoint(provider, (cause) => sayFailure(describeFailure(cause)));
    if (values['json'] === true) print(JSON.stringify(endpoint.variables));
    else for (const [name, value] of Object.entries(endpoint.variables)) print(`export ${name}=${value}`);
    const local = await findLocalAws(url);
    if (local !== undefined)
      say(
        `local mode: export AWS_ENDPOINT_URL=${local.aws} AWS_REGION=${local.region} AWS_DEFAULT_REGION=${local.region} as well`,
      );
    await stopping;
    endpoint.stop();
    return exitCodes.ok;
  },
};
