/** The runtime of one function: its bundle, called with what the parent sends, one invocation after the other. */
const [, , bundle] = process.argv;
const { handler } = await import(bundle);

process.on('message', async ({ event, world, timeoutMs }) => {
  globalThis.__setWorld(world);
  const end = performance.now() + timeoutMs;
  const context = {
    awsRequestId: crypto.randomUUID(),
    memoryLimitInMB: '2048',
    functionName: bundle,
    getRemainingTimeInMillis: () => end - performance.now(),
  };
  try {
    process.send({ result: (await handler(event, context)) ?? null });
  } catch (error) {
    process.send({ error: `${error.name}: ${error.message}` });
  }
});
process.send({ ready: true });
