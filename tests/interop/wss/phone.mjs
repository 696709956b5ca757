// Two SIP.js phones over WSS: John registers, calls the echo test, then Jane, who hangs up. No sound: the descriptions are made up.
// usage: node phone.mjs wss://127.0.0.1:7443 PASSWORD   (NODE_EXTRA_CA_CERTS: the authority that the server's certificate leads to)
import WebSocket from "ws";
import { Inviter, Registerer, RegistererState, SessionState, UserAgent } from "sip.js";

const [server, password] = process.argv.slice(2);
globalThis.WebSocket = WebSocket;

const patience = 10000;
const check = (fact, sentence) => {
  if (!fact) throw new Error(sentence);
  console.log(`ok: ${sentence}`);
};
const within = (what, promise) =>
  Promise.race([promise, new Promise((_, no) => setTimeout(() => no(new Error(`${what} took too long`)), patience))]);
const reaches = (thing, state, what) =>
  within(what, new Promise((yes) => {
    if (thing.state === state) return yes();
    thing.stateChange.addListener((now) => now === state && yes());
  }));

let port = 40000;
// What stands in for a browser's media: an offer and an answer that fit.
const media = () => {
  const own = port;
  port += 2;
  const body = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${own} RTP/AVP 0 8\r\n`;
  return {
    close() {},
    getDescription: async () => ({ body, contentType: "application/sdp" }),
    hasDescription: (type) => type === "application/sdp",
    holdModifier: async (description) => description,
    rollbackDescription: async () => {},
    setDescription: async (text) => { if (!text.includes("m=audio")) throw new Error("no audio in " + text); },
    sendDtmf: () => false,
  };
};

const phone = async (name) => {
  const wire = [];
  const agent = new UserAgent({
    uri: UserAgent.makeURI(`sip:${name}@127.0.0.1`),
    authorizationUsername: name,
    authorizationPassword: password,
    transportOptions: { server, keepAliveInterval: 1 },
    sessionDescriptionHandlerFactory: media,
    logBuiltinEnabled: false,
  });
  const listen = agent.transport.onMessage;
  agent.transport.onMessage = (message) => { wire.push(message); listen?.(message); };
  await within("connecting", agent.start());
  const registerer = new Registerer(agent);
  await registerer.register();
  await reaches(registerer, RegistererState.Registered, `registering ${name}`);
  check(true, `${name} is registered over ${server}`);
  return { agent, registerer, wire };
};

const call = async (from, number) => {
  const session = new Inviter(from.agent, UserAgent.makeURI(`sip:${number}@127.0.0.1`));
  await session.invite();
  await reaches(session, SessionState.Established, `calling ${number}`);
  check(true, `${number} has answered`);
  return session;
};

const john = await phone("SEP001122330001"), jane = await phone("SEP001122330002");

const echo = await call(john, "600");
const answer = john.wire.findLast((m) => m.startsWith("SIP/2.0 200") && m.includes("INVITE"));
check(/^Via: SIP\/2\.0\/WSS [^;]*\.invalid;.*received=127\.0\.0\.1/m.test(answer), "the answer's Via is that of the real transport and peer");
check(/^Contact: <sip:127\.0\.0\.1:\d+;transport=ws>/m.test(answer), "the answer's Contact is the WebSocket's");
await echo.bye();
await reaches(echo, SessionState.Terminated, "hanging up");

const rings = new Promise((yes) => { jane.agent.delegate = { onInvite: yes }; });
const inviting = call(john, "11002");
const incoming = await within("ringing", rings);
const invite = jane.wire.find((m) => m.startsWith("INVITE"));
check(/^INVITE sip:[^ ]*\.invalid;transport=ws/.test(invite), "the INVITE goes to the contact as it registered, though that leads nowhere");
check(/^Via: SIP\/2\.0\/WSS /m.test(invite), "its Via says WSS");
await incoming.accept();
const outgoing = await inviting;
await reaches(incoming, SessionState.Established, "answering");
await new Promise((yes) => setTimeout(yes, 1500));  // keep-alives pass
await incoming.bye();
await reaches(outgoing, SessionState.Terminated, "being hung up");
check(true, "Jane's BYE has ended John's call");

for (const one of [john, jane]) {
  await one.registerer.unregister();
  await reaches(one.registerer, RegistererState.Unregistered, "unregistering");
  await one.agent.stop();
}
console.log("all is well");
process.exit(0);
