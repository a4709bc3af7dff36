// A message centre by the package "smpp" of npm: node smpp_node.js JOURNAL. Prints its port.
// Its password is "secret". A recipient that ends with 58 is throttled; every other submit is a line in JOURNAL, has its
// receipt brought to whoever is bound as a receiver, and is answered by its person with "СТОП".
"use strict";
const fs = require("fs");
const smpp = require("smpp");

const receivers = new Set();
let last = 0x9ff;

const bound = (session, pdu, isReceiver) => {
  if (pdu.password !== "secret") {
    session.send(pdu.response({ command_status: smpp.ESME_RINVPASWD }));
    session.close();
    return;
  }
  if (isReceiver) receivers.add(session);
  session.send(pdu.response({ system_id: "node" }));
};

const took = (session, pdu) => {
  if (pdu.destination_addr.endsWith("58")) {
    session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
    return;
  }
  last += 1;
  const id = last.toString(16);
  const { message, udh } = pdu.short_message;
  const line = { id, to: pdu.destination_addr, from: pdu.source_addr, text: String(message), coding: pdu.data_coding,
    parts: udh ? Array.from(udh[0] || udh) : [] };
  fs.appendFileSync(process.argv[2], JSON.stringify(line) + "\n");
  session.send(pdu.response({ message_id: id }));
  const stat = `id:${id} sub:001 dlvrd:001 submit date:2611221015 done date:2611221015 stat:DELIVRD err:000 text:`;
  for (const receiver of receivers) {
    const person = { source_addr: pdu.destination_addr, destination_addr: pdu.source_addr };
    receiver.deliver_sm({ ...person, esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT, short_message: stat });
    receiver.deliver_sm({ ...person, short_message: "СТОП" });
  }
};

const server = smpp.createServer((session) => {
  session.on("error", () => {});
  session.on("close", () => receivers.delete(session));
  session.on("bind_transceiver", (pdu) => bound(session, pdu, true));
  session.on("bind_transmitter", (pdu) => bound(session, pdu, false));
  session.on("bind_receiver", (pdu) => bound(session, pdu, true));
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => {
    session.send(pdu.response());
    session.close();
  });
  session.on("submit_sm", (pdu) => took(session, pdu));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
