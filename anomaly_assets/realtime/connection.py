"""The connection to the broker: whether it stands, what comes in, what goes out, and acknowledging once it is safe.

What messages mean is none of its business.
"""

import ssl
import sys
import time
from collections.abc import Callable, Sequence
from queue import Empty, Queue
from threading import Condition, Event, Lock
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from ..config import BrokerConfig, Credentials
from ..errors import RealtimeError
from .client import Arrived, Outgoing, address, connect, make_client
from .refusals import is_final, silent, untrusted, unwelcome


class Connection:
    """A connection that is made again whenever it breaks.

    Parameters
    ----------
    broker, who : where to, and as whom.
    client_id : the name of the session.
    pattern : topic to subscribe to; nothing when None.
    tell : told when the connection stands, breaks and waits.

    Attributes
    ----------
    inbox : messages that have arrived.
    refused : why the broker won't have us, where trying again would not help.
    stood : how often a connection has been made.
    unwanted : how many messages the broker did not take.
    former : topic that our session was subscribed to before, and is not to hear any more.
    known : whether the broker should have kept a session of ours.
    forgotten : how often the broker had forgotten our session, and with it messages that we had not heard.
    stands, stands_since : whether there is one, and since when by the monotonic clock.
    listens : whether the broker has ever let us subscribe.
    """

    def __init__(
        self,
        broker: BrokerConfig,
        who: Credentials,
        client_id: str,
        pattern: str | None = None,
        tell: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self.broker, self.pattern, self._tell = broker, pattern, tell
        self.inbox: Queue[Arrived] = Queue(broker.receive_maximum)
        self._came = self._went = 0
        self.refused: RealtimeError | None = None
        self.stood = self.unwanted = self.forgotten = 0
        self.known, self.former = False, pattern
        self.stands, self.listens = Event(), Event()
        self.stands_since = time.monotonic()
        self._turn = Lock()
        self._confirming = Condition()
        self._confirmed: set[int] = set()
        self._told_of: str | None = None
        self.client = self._made(make_client(broker, who, client_id))

    def _made(self, client: Client) -> Client:
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_connect_fail, client.on_subscribe = self._on_fail, self._on_subscribe
        client.on_message, client.on_publish = self._on_message, self._on_publish
        return client

    def start(self) -> None:
        """Begin to connect."""
        connect(self.client, self.broker, lasting=self.pattern is not None)

    def open(self, patience: float) -> "Connection":
        """Begin to connect, and wait so many seconds until we are connected and listen, or are refused.

        Raises
        ------
        RealtimeError
            If the broker refuses us, or does not answer in time.
        """
        self.start()
        until = time.monotonic() + patience
        while not (self.stands if self.pattern is None else self.listens).wait(0.1):
            self.require()
            if time.monotonic() > until:
                self.close()
                raise silent(self.broker, self._told_of)
        return self

    def require(self) -> None:
        """Go on only where the broker has not refused us.

        Raises
        ------
        RealtimeError
            If it has.
        """
        if self.refused is not None:
            self.close()
            raise self.refused

    def close(self) -> None:
        """Part from the broker; the session stays."""
        self.client.disconnect()
        self.client.loop_stop()

    def arrived(self, at_most: int, patience: float) -> list[Arrived]:
        """Take messages out of the inbox: wait for the first one, take what else is there."""
        try:
            taken = [self.inbox.get(timeout=patience)]
        except Empty:
            return []
        while len(taken) < at_most:
            try:
                taken.append(self.inbox.get_nowait())
            except Empty:
                break
        return taken

    def acknowledge(self, messages: Sequence[Arrived]) -> None:
        """Tell the broker that messages are safe; those of an earlier connection will come again and be known."""
        with self._turn:
            for message in messages:
                if message.qos and message.connection == self.stood and self.stands.is_set():
                    self.client.ack(message.mid, message.qos)
            self._went += len(messages)

    def publish(self, messages: Sequence[Outgoing], ended: Callable[[], bool]) -> int:
        """Publish messages in order and wait until the broker has confirmed them all.

        While the connection is broken they wait; what the broker has not confirmed is sent again by itself.

        Parameters
        ----------
        ended : whether waiting is to end.

        Returns
        -------
        How many of them, from the first on, the broker has confirmed.
        """
        while messages and not self.stands.wait(0.1):
            if ended():
                return 0
        qos = self.broker.qos
        awaited = [self.client.publish(out.topic, out.payload, qos, out.retain).mid for out in messages]
        with self._confirming:
            while not self._confirmed.issuperset(awaited) and not ended():
                self._confirming.wait(0.1)
            done = next((place for place, mid in enumerate(awaited) if mid not in self._confirmed), len(awaited))
            self._confirmed.difference_update(awaited)
        return done

    @property
    def held(self) -> int:
        """How many messages have come that nobody has acknowledged."""
        return self._came - self._went

    def _on_connect(self, client: Client, _: Any, flags: Any, reason: ReasonCode, properties: Any) -> None:
        if reason.is_failure:
            self._refuse(reason, f"the broker at {address(self.broker)} won't have us", in_vain=not self.stood)
            return
        with self._turn:
            self.stood += 1
            self.stands_since = time.monotonic()
        if self.pattern is not None:
            wanted = SubscribeOptions(self.broker.qos, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
            client.subscribe(self.pattern, options=wanted)
            if self.former not in (None, self.pattern):
                client.unsubscribe(self.former)
            self._require_session(kept=flags.session_present)
        self._told_of = None
        self._tell(f"connected to {address(self.broker)}" + ", which kept our session" * flags.session_present)
        self.stands.set()

    def _require_session(self, *, kept: bool) -> None:
        if self.known and not kept:
            self.forgotten += 1
            self._tell(
                "the broker has forgotten our session: what came while we were away may be lost (persistence true in"
                " mosquitto.conf, and session_expiry in realtime.yaml)"
            )
        self.known = True

    def _on_disconnect(self, client: Client, _: Any, flags: Any, reason: ReasonCode, properties: Any) -> None:
        with self._turn:
            self.stands.clear()
        if reason.value:
            self._tell(f"the connection to {address(self.broker)} broke ({reason}); it is made again")

    def _on_fail(self, client: Client, _: Any) -> None:
        error = sys.exception()
        if isinstance(error, ssl.SSLError) and not self.stood:
            self.refused = untrusted(self.broker, error)
        elif str(error) != self._told_of:
            self._told_of = str(error)
            self._tell(f"the broker at {address(self.broker)} does not answer ({error}); trying again")

    def _on_subscribe(self, client: Client, _: Any, mid: int, reasons: list[ReasonCode], properties: Any) -> None:
        for reason in reasons:
            if reason.is_failure:
                self._refuse(reason, f"the broker won't let us listen to {self.pattern}", in_vain=True)
            elif not self.listens.is_set():
                self._tell(f"listening to {self.pattern}")
                self.listens.set()

    def _refuse(self, reason: ReasonCode, wrong: str, *, in_vain: bool) -> None:
        if in_vain and is_final(reason):
            self.refused = unwelcome(wrong, reason)
        else:
            self._tell(f"{wrong} ({reason}); trying again")

    def _on_publish(self, client: Client, _: Any, mid: int, reason: ReasonCode, properties: Any) -> None:
        if reason.is_failure and not self.unwanted:
            self._tell(f"the broker won't let us publish ({reason}); what it does not take is told to nobody")
        self.unwanted += reason.is_failure
        with self._confirming:
            self._confirmed.add(mid)
            self._confirming.notify_all()

    def _on_message(self, client: Client, _: Any, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:  # no broker lets it pass, but nothing may end this thread
            topic = ""
        self._came += 1
        self.inbox.put(Arrived(topic, bytes(message.payload), message.mid, message.qos, self.stood))
