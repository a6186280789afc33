import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, type Family, gauge, Histogram } from '#src/infra/lib/metrics.ts';

/** Counters of this process. No label names an account, an app or an endpoint, because their number has no bound. */
export class ProcessMetrics {
  readonly messages = new Counter({
    name: 'hostedhooks_messages_total',
    help: 'Messages at the database: `stale` ones are routed again, and come once more.',
    label: 'verdict',
  });
  readonly attempts = new Counter({
    name: 'hostedhooks_attempts_total',
    help: 'Requests to endpoints, by the class of the answer or by how they failed.',
    label: 'outcome',
  });
  readonly attemptSeconds = new Histogram({
    name: 'hostedhooks_attempt_duration_seconds',
    help: 'How long a request to an endpoint took.',
    bounds: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30],
  });
  readonly #lag = monitorEventLoopDelay({ resolution: 20 });

  /** Starts to measure the lag of the event loop. */
  start(): void {
    this.#lag.enable();
  }

  stop(): void {
    this.#lag.disable();
  }

  families(): Family[] {
    return [
      this.messages.family(),
      this.attempts.family(),
      this.attemptSeconds.family(),
      ...this.#ofTheProcess(),
    ];
  }

  #ofTheProcess(): Family[] {
    const { rss, heapUsed, external } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const lag = this.#lag;
    const seconds = (ns: number) => (Number.isFinite(ns) ? ns / 1e9 : 0);
    const lags = {
      p50: seconds(lag.percentile(50)),
      p99: seconds(lag.percentile(99)),
      max: seconds(lag.max),
    };
    lag.reset();
    return [
      gauge(
        { name: 'hostedhooks_event_loop_lag_seconds', help: 'Since it was read last.', label: 'quantile' },
        lags,
      ),
      gauge(
        { name: 'hostedhooks_memory_bytes', help: 'Memory of the process.', label: 'kind' },
        { rss, heap: heapUsed, external },
      ),
      {
        name: 'hostedhooks_cpu_seconds_total',
        help: 'Processor time of the process.',
        type: 'counter',
        samples: [{ labels: {}, value: (user + system) / 1e6 }],
      },
    ];
  }
}
