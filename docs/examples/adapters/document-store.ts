/** A text, and what tells it from every other that was ever put: an ETag. */
export interface StoredDocument {
  readonly text: string;
  readonly version: number;
}

/**
 * A place for documents by name that replaces one only if nobody else has in the meantime: what DynamoDB, S3,
 * etcd, Firestore and the like can do.
 */
export interface DocumentStore {
  get(name: string): Promise<StoredDocument | undefined>;
  /**
   * Puts a document in place of the one of that version; 0 is one that is not there. Resolves to `false`, and
   * does nothing, if there is another.
   */
  put(name: string, text: string, version: number): Promise<boolean>;
  /** Removes the document of that version. Resolves to `false`, and does nothing, if there is another. */
  remove(name: string, version: number): Promise<boolean>;
  /** The documents there are. */
  names(): Promise<readonly string[]>;
}

/** One that forgets. */
export class MemoryDocumentStore implements DocumentStore {
  readonly #documents = new Map<string, StoredDocument>();
  #puts = 0;

  get(name: string): Promise<StoredDocument | undefined> {
    return Promise.resolve(this.#documents.get(name));
  }

  put(name: string, text: string, version: number): Promise<boolean> {
    const replaces = (this.#documents.get(name)?.version ?? 0) === version;
    if (replaces) this.#documents.set(name, { text, version: ++this.#puts });
    return Promise.resolve(replaces);
  }

  remove(name: string, version: number): Promise<boolean> {
    return Promise.resolve(this.#documents.get(name)?.version === version && this.#documents.delete(name));
  }

  names(): Promise<readonly string[]> {
    return Promise.resolve([...this.#documents.keys()]);
  }
}
