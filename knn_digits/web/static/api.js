// A question -> what the server answers, or an error that says what it said.

const BUSY = 503;

export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

export async function ask(path, fields = {}) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof File) form.append(name, value, value.name);
    else if (value instanceof Blob) form.append(name, value, `${name}.png`);
    else if (value !== "" && value !== undefined) form.append(name, value);
  }
  return told(() => fetch(path, { method: "POST", body: form }));
}

export async function get(path) {
  return told(() => fetch(path));
}

async function told(request) {
  let response;
  try {
    response = await request();
  } catch {
    throw new Refused("the server does not answer: is it still running?", 0);
  }
  let answer;
  try {
    answer = await response.json();
  } catch {
    throw new Refused("what the server answers cannot be read", response.status);
  }
  if (!response.ok) throw new Refused(answer.error, response.status);
  return answer;
}

// Let only the last of many questions be asked, one at a time: who draws faster than is answered skips some.
export function latest(work) {
  let running = false;
  let again = false;
  return async function run() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    do {
      again = false;
      await work();
    } while (again);
    running = false;
  };
}

export function isBusy(error) {
  return error instanceof Refused && error.status === BUSY;
}
