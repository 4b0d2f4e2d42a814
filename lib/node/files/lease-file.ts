import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EpochClaim, JobDirectory } from './job-directory.js';
import { parseOnlyLine } from '../journal/journal-line.js';
import { readSegmentHead } from '../journal/journal-segment.js';
import { orAbsent } from '../disk/or-absent.js';
import type { ProcessIdentity } from '../disk/process-identity.js';
import { isGone } from '../disk/process-identity.js';
import { removeFile } from '../disk/remove-file.js';

/** What `lease.<epoch>.<token>.json` holds. */
export interface LeaseRecord extends ProcessIdentity {
  readonly token: string;
  readonly epoch: number;
  /** In words. */
  readonly owner: string;
  /** In epoch ms. */
  readonly expiresAt: number;
}

/** What `renewal.<epoch>.<token>.json` holds. */
export interface LeaseRenewal {
  /** In epoch ms, in place of that of the lease. */
  readonly expiresAt: number;
}

/** Who owns a job. */
export interface Ownership {
  /**
   * The newest epoch that was claimed; 0 if there was none. Whoever claims the next one does so on the
   * strength of what is here.
   */
  readonly newest: number;
  /** The token of its claim. */
  readonly token?: string;
  /** The owner, if it is alive, in words. */
  readonly owner?: string;
}

const leasePattern = /^(?:lease|renewal)\.(\d{6,})\.(.+)\.json$/;
const claimLooks = 10;
const claimLookMs = 10;

/**
 * Finds out who owns a job. The epoch is looked up before the lease: a claim that is made in between is one
 * of a later epoch.
 */
export async function readOwnership(directory: JobDirectory): Promise<Ownership> {
  const newest = await directory.newestEpoch();
  if (newest === 0) return { newest };
  for (let look = 1; ; look++) {
    const token = await readClaimToken(directory, newest);
    if (token !== undefined) {
      const owner = await livingOwner(directory, { epoch: newest, token });
      return { newest, token, ...(owner !== undefined && { owner }) };
    }
    // Its claimant is between two calls, or has died there.
    if (look === claimLooks) return { newest };
    await delay(claimLookMs);
  }
}

/** Makes a lease hold until a time in epoch ms. The lease itself is written once. */
export async function writeRenewal(
  directory: JobDirectory,
  claim: EpochClaim,
  expiresAt: number,
): Promise<void> {
  const renewal: LeaseRenewal = { expiresAt };
  await directory.replaceFile(directory.renewal(claim), claim.token, renewal);
}

/**
 * Takes the right to write from all who claimed this epoch or an earlier one, but for the caller; never from
 * later ones. When it resolves, whoever looks for a lease of theirs finds none.
 */
export async function removeLeases(
  { fileSystem, path }: JobDirectory,
  { epoch, token }: EpochClaim,
): Promise<void> {
  for (const name of await fileSystem.readdir(path)) {
    const claim = claimOfLease(name);
    if (claim && claim.epoch <= epoch && claim.token !== token)
      await removeFile(fileSystem, join(path, name));
  }
}

/** The claim that a lease, or the renewal of one, is of; `undefined` for the names of other files. */
export function claimOfLease(name: string): EpochClaim | undefined {
  const [, epoch, token] = leasePattern.exec(name) ?? [];
  return epoch === undefined || token === undefined ? undefined : { epoch: Number(epoch), token };
}

async function readClaimToken(directory: JobDirectory, epoch: number): Promise<string | undefined> {
  const file = await directory.open(directory.segment(epoch));
  try {
    const { claim } = await readSegmentHead(directory, file, epoch);
    return claim?.token;
  } finally {
    await file.close();
  }
}

async function livingOwner(directory: JobDirectory, claim: EpochClaim): Promise<string | undefined> {
  const lease = await readFileOfLine<LeaseRecord>(directory, directory.lease(claim));
  // A damaged lease holds nobody up: an owner that is passed over is fenced.
  if (!lease) return undefined;
  const { expiresAt } = (await readFileOfLine<LeaseRenewal>(directory, directory.renewal(claim))) ?? lease;
  if (expiresAt <= Date.now() || (await isGone(directory.fileSystem, lease))) return undefined;
  return `'${lease.owner}' (process ${lease.pid} on host '${lease.host}', lease until ${new Date(expiresAt).toISOString()})`;
}

async function readFileOfLine<T extends object>(
  directory: JobDirectory,
  path: string,
): Promise<T | undefined> {
  const content = await orAbsent(directory.readFile(path));
  return content && (parseOnlyLine(content) as T | undefined);
}
