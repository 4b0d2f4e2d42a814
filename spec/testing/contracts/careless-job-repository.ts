import type { Observable } from 'rxjs';
import { asyncScheduler, concatMap, defer, EMPTY, filter, from, NEVER, of, take, tap, timer } from 'rxjs';
import type {
  AcquiredJob,
  ChunkOutcome,
  ClaimRequest,
  JobCommit,
  JobLease,
  JobRepository,
  JobSnapshot,
  LeaseRequest,
  StoredJob,
  StoredSpec,
} from 'sluice';
import {
  ConflictError,
  JobExistsError,
  JobNotFoundError,
  isClaimable,
  JobOwnedError,
  outcomeOf,
} from 'sluice';

/** What is wrong with a repository. */
export type Carelessness =
  | 'acknowledges before it stores'
  | 'stores the first commit of a batch'
  | 'lets a lost owner write'
  | 'gives the job to everyone'
  | 'writes deleted jobs back'
  | 'hides deleted jobs from load() alone'
  | 'forgets an outcome'
  | 'gives the job as it was created';

interface Row {
  readonly spec: StoredSpec;
  readonly first: JobSnapshot;
  snapshot: JobSnapshot;
  readonly outcomes: Map<number, ChunkOutcome>;
  token: string;
  expiresAt: number;
  isDeleted: boolean;
}

/** A repository in memory that keeps its contract but for one line: for the specs of what is to find that out. */
export class CarelessJobRepository implements JobRepository {
  readonly #carelessness: Carelessness | undefined;
  readonly #rows = new Map<string, Row>();
  #leases = 0;

  constructor(carelessness?: Carelessness) {
    this.#carelessness = carelessness;
  }

  create(
    spec: StoredSpec,
    snapshot: JobSnapshot,
    request?: LeaseRequest,
  ): Observable<AcquiredJob | undefined> {
    return defer((): Observable<AcquiredJob | undefined> => {
      if (this.#row(spec.id)) throw new JobExistsError({ jobId: spec.id });
      this.#rows.set(spec.id, {
        spec,
        first: snapshot,
        snapshot,
        outcomes: new Map(),
        token: '',
        expiresAt: 0,
        isDeleted: false,
      });
      return request ? this.acquire(spec.id, request) : of(undefined);
    });
  }

  load(jobId: string): Observable<StoredJob | undefined> {
    return defer(() => of(this.#row(jobId)));
  }

  snapshot(jobId: string): Observable<JobSnapshot | undefined> {
    return defer(() => of(this.#row(jobId)?.snapshot));
  }

  list(): Observable<JobSnapshot> {
    return defer(() => {
      const rows = [...this.#rows.values()].filter(
        ({ isDeleted }) => !isDeleted || this.#is('hides deleted jobs from load() alone'),
      );
      return from(rows.map(({ snapshot }) => snapshot));
    });
  }

  acquire(jobId: string, { owner, leaseMs }: LeaseRequest): Observable<AcquiredJob> {
    return defer(() => {
      const row = this.#found(jobId);
      const isFree = row.token === '' || row.expiresAt <= asyncScheduler.now();
      if (!isFree && !this.#is('gives the job to everyone')) throw new JobOwnedError({ jobId, owner });
      row.token = `careless-${++this.#leases}`;
      row.expiresAt = asyncScheduler.now() + leaseMs;
      const snapshot = this.#is('gives the job as it was created') ? row.first : row.snapshot;
      return of({ lease: { jobId, token: row.token }, spec: row.spec, snapshot });
    });
  }

  claim({ kinds, limit, ...request }: ClaimRequest): Observable<AcquiredJob> {
    return defer(() =>
      from([...this.#rows.values()]).pipe(
        filter(({ spec, snapshot }) => kinds.includes(spec.kind) && isClaimable(snapshot)),
        filter(
          ({ isDeleted, token, expiresAt }) =>
            !isDeleted &&
            (token === '' || expiresAt <= asyncScheduler.now() || this.#is('gives the job to everyone')),
        ),
        take(limit),
        concatMap(({ spec }) => this.acquire(spec.id, request)),
      ),
    );
  }

  renew({ jobId, token }: JobLease): Observable<void> {
    return defer(() => {
      const row = this.#row(jobId);
      if (row?.token !== token) throw new ConflictError({ jobId, problem: 'its lease was lost' });
      row.expiresAt = asyncScheduler.now() + 60;
      return EMPTY;
    });
  }

  release({ jobId, token }: JobLease): Observable<void> {
    return defer(() => {
      const row = this.#row(jobId);
      if (row?.token === token) row.token = '';
      return EMPTY;
    });
  }

  save(commits: readonly JobCommit[]): Observable<void> {
    return defer(() => {
      if (this.#is('acknowledges before it stores')) {
        timer(1)
          .pipe(
            tap(() => {
              this.#store(commits);
            }),
          )
          .subscribe({ error: () => undefined });
        return EMPTY;
      }
      this.#store(this.#is('stores the first commit of a batch') ? commits.slice(0, 1) : commits);
      return EMPTY;
    });
  }

  outcomes(jobId: string): Observable<ChunkOutcome> {
    return defer(() =>
      from([...this.#found(jobId).outcomes.values()].sort((one, other) => one.index - other.index)),
    );
  }

  send(): Observable<void> {
    return EMPTY;
  }

  commands(): Observable<never> {
    return NEVER;
  }

  delete(jobId: string): Observable<void> {
    return defer(() => {
      const row = this.#row(jobId);
      if (row) row.isDeleted = true;
      return EMPTY;
    });
  }

  #store(commits: readonly JobCommit[]): void {
    for (const { jobId, token, follows, events, snapshot } of commits) {
      const row = this.#is('writes deleted jobs back') ? this.#rows.get(jobId) : this.#row(jobId);
      if (!row) throw new ConflictError({ jobId, problem: 'it was deleted' });
      row.isDeleted = false;
      if (!this.#is('lets a lost owner write')) {
        if (row.token !== token && !this.#is('writes deleted jobs back'))
          throw new ConflictError({ jobId, problem: 'its lease was lost' });
        if (snapshot.revision <= row.snapshot.revision) continue;
        if (follows !== row.snapshot.revision && !this.#is('stores the first commit of a batch'))
          throw new ConflictError({ jobId, problem: 'it does not follow' });
      }
      row.snapshot = snapshot;
      for (const event of events) {
        const outcome = outcomeOf(event);
        if (outcome && !(this.#is('forgets an outcome') && outcome.index === 3))
          row.outcomes.set(outcome.index, outcome);
      }
    }
  }

  #is(carelessness: Carelessness): boolean {
    return this.#carelessness === carelessness;
  }

  #row(jobId: string): Row | undefined {
    const row = this.#rows.get(jobId);
    return row?.isDeleted === true ? undefined : row;
  }

  #found(jobId: string): Row {
    const row = this.#row(jobId);
    if (!row) throw new JobNotFoundError({ jobId });
    return row;
  }
}
