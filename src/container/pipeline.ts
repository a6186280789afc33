import { MetricsBoard } from '#src/infra/telemetry/metrics-board.ts';
import { poolGauges } from '#src/infra/telemetry/pool-gauges.ts';
import { Pipeline } from '#src/pipeline/pipeline.ts';
import { AppDirectory } from '#src/pipeline/routing/app-directory.ts';
import { Explanations } from '#src/pipeline/routing/explanations.ts';
import type { AccountParts } from './accounts.ts';
import type { AppParts } from './apps.ts';
import type { InfraParts } from './infra.ts';
import type { LogParts } from './log.ts';

type PipelineDependencies = InfraParts &
  Pick<AccountParts, 'announcements'> &
  Pick<AppParts, 'schemaChecker' | 'transformer'> &
  Pick<LogParts, 'messages' | 'publishRate' | 'quota' | 'sampleRate'> & {
    delivers: boolean;
    accepts: boolean;
  };

/** The pipeline, its cache of routes, and the metrics of the process, which read its load. */
export function createPipeline(deps: PipelineDependencies) {
  const { config, clock, logger, pool, metrics } = deps;
  const directory = new AppDirectory(deps);
  const pipeline = new Pipeline({ ...deps, directory });
  return {
    directory,
    pipeline,
    acceptor: pipeline.acceptor,
    sampleSender: pipeline.sampleSender,
    explanations: new Explanations({ pool }),
    metricsBoard: new MetricsBoard({
      pool,
      clock,
      logger,
      name: config.processName,
      read: () => [...metrics.families(), ...poolGauges(pool, pipeline.load)],
    }),
  };
}
