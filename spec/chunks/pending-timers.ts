/** How many timers of this process have not fired yet and keep it alive. */
export const pendingTimers = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
