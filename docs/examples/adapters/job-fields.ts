import type { JobSnapshot, LeaseRequest, SentCommand, StoredSpec } from 'sluice';
import type { Decision } from './decided-outcomes.js';

/** What a document holds. */
export interface JobFields {
  /** Orders jobs, in epoch ms. */
  created: number;
  spec: StoredSpec;
  snapshot: JobSnapshot;
  lease?: LeaseRequest & { token: string; expiresAt: number; firstRevision: number };
  /** What decided about a chunk or began a run. */
  decisions: Decision[];
  commands: { id: string; command: SentCommand }[];
}
