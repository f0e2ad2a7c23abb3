//! Sending: into requests by number and bytes, again what can be sent again, in order where there is one.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::SignedDuration;

use super::{Fate, Outgoing, Publisher, Refusal};

/// One call of [`Publisher::send`].
struct Sending<'a> {
    publisher: &'a Publisher,
    messages: &'a [Outgoing],
    fates: Vec<Option<Fate>>,
    ordered: bool,
    /// Groups that a message was refused in: for now, or for good.
    stuck: BTreeSet<&'a str>,
    dead: BTreeSet<&'a str>,
}

impl Publisher {
    /// Sends prepared messages, of several types if need be, and reports the fate of each in their order.
    pub async fn send(&self, messages: &[Outgoing]) -> Vec<Fate> {
        #[cfg(feature = "otel")]
        let sending = crate::observe::otel::sending(&self.channel.name(), messages);
        let fates = self.send_all(messages).await;
        #[cfg(feature = "otel")]
        if let Some(sending) = sending {
            sending.ended(&fates);
        }
        fates
    }

    async fn send_all(&self, messages: &[Outgoing]) -> Vec<Fate> {
        if let Err(refusal) = self.verified.get_or_try_init(|| self.channel.verify()).await {
            return vec![Err(refusal); messages.len()];
        }
        let mut sending = Sending {
            publisher: self,
            messages,
            fates: vec![None; messages.len()],
            ordered: self.channel.is_ordered(),
            stuck: BTreeSet::new(),
            dead: BTreeSet::new(),
        };
        sending.sort_out().await;
        for tried in 1..=self.tries {
            let pending: Vec<usize> = (0..messages.len()).filter(|index| sending.is_open(*index)).collect();
            let Some(first) = pending.first() else { break };
            if tried > 1 {
                tokio::time::sleep(self.backoff.step(tried - 1, &messages[*first].header.id)).await;
            }
            sending.stuck.clear();
            sending.pass(pending).await;
        }
        let forgotten = || Err(Refusal::last("Unknown", "the service did not say what became of it"));
        sending.fates.into_iter().map(|fate| fate.unwrap_or_else(forgotten)).collect()
    }
}

impl<'a> Sending<'a> {
    /// Whether a message has still to be sent.
    fn is_open(&self, index: usize) -> bool {
        match &self.fates[index] {
            None => true,
            Some(Err(refusal)) => refusal.retryable,
            Some(Ok(_)) => false,
        }
    }

    /// Messages of one group keep their order; those of none are a group.
    fn group(&self, index: usize) -> Option<&'a str> {
        self.ordered.then(|| self.messages[index].header.group.as_deref().unwrap_or_default())
    }

    /// Hands on what must wait longer than the channel can, and refuses what no request can hold.
    async fn sort_out(&mut self) {
        let (channel, limits) = (&self.publisher.channel, self.publisher.channel.limits());
        for (index, message) in self.messages.iter().enumerate() {
            if let Some(delay) = message.delay.filter(|delay| *delay > limits.delay) {
                self.fates[index] = Some(self.schedule(message, delay).await);
                continue;
            }
            let bytes = channel.weigh(message);
            if bytes > limits.bytes {
                let words = format!("{bytes} bytes are more than the {} that {} takes", limits.bytes, channel.name());
                self.refuse(index, Refusal::last("TooLarge", words));
            }
        }
    }

    async fn schedule(&self, message: &Outgoing, delay: Duration) -> Fate {
        let Some(later) = &self.publisher.later else {
            let words = format!(
                "{} holds nothing back for {delay:?}; give the publisher a `later`, such as EventBridge Scheduler",
                self.publisher.channel.name()
            );
            return Err(Refusal::last("DelayTooLong", words));
        };
        let at =
            SignedDuration::try_from(delay).ok().and_then(|delay| self.publisher.clock.now().checked_add(delay).ok());
        let Some(at) = at else {
            return Err(Refusal::last("DelayTooLong", format!("{delay:?} from now is no time")));
        };
        let sent = async {
            let limit = if later.weigh(message) > later.bytes_max() { 0 } else { usize::MAX };
            let light = self.publisher.channel.lighten(message, limit).await?;
            let (bytes, most) = (later.weigh(&light), later.bytes_max());
            if bytes > most {
                let words = format!(
                    "{bytes} bytes are more than the {most} that can be sent later, and {} stores no large bodies",
                    self.publisher.channel.name()
                );
                return Err(Refusal::last("TooLarge", words));
            }
            later.schedule(&light, at).await
        };
        // What could be tried again has been, by the SDK, and nothing below sends what must wait.
        sent.await.map_err(|refusal| Refusal { retryable: false, ..refusal })
    }

    /// Notes a refusal. In order, one that is final ends its group: what comes after it must not come without it.
    fn refuse(&mut self, index: usize, refusal: Refusal) {
        if let Some(group) = self.group(index) {
            let stopped = if refusal.retryable { &mut self.stuck } else { &mut self.dead };
            stopped.insert(group);
        }
        self.fates[index] = Some(Err(refusal));
    }

    /// Sends all pending messages once.
    async fn pass(&mut self, mut pending: Vec<usize>) {
        loop {
            pending.retain(|index| self.may_go(*index));
            let chunk = self.take_chunk(&mut pending);
            if chunk.is_empty() {
                return;
            }
            let messages: Vec<&Outgoing> = chunk.iter().map(|index| &self.messages[*index]).collect();
            let fates = self.publisher.channel.send(&messages).await;
            for (index, fate) in chunk.into_iter().zip(fates) {
                match fate {
                    Ok(ack) => self.fates[index] = Some(Ok(ack)),
                    Err(refusal) => self.refuse(index, refusal),
                }
            }
        }
    }

    /// Whether a message may be sent in this pass. One whose group has been stopped keeps a refusal that says so.
    fn may_go(&mut self, index: usize) -> bool {
        let Some(group) = self.group(index) else { return true };
        let words = "an earlier message of its group was not accepted";
        if self.dead.contains(group) {
            self.fates[index] = Some(Err(Refusal::last("Order", words)));
            return false;
        }
        if self.stuck.contains(group) {
            self.fates[index] = Some(Err(Refusal::passing("Order", words)));
            return false;
        }
        true
    }

    /// Takes the messages of the next request out of `pending`: as many as fit, in order one of each group.
    fn take_chunk(&self, pending: &mut Vec<usize>) -> Vec<usize> {
        let (channel, limits) = (&self.publisher.channel, self.publisher.channel.limits());
        let (mut chunk, mut bytes, mut groups, mut full) = (Vec::new(), 0, BTreeSet::new(), false);
        pending.retain(|index| {
            let weight = channel.weigh(&self.messages[*index]);
            full |= chunk.len() == limits.entries || bytes + weight > limits.bytes;
            if full || self.group(*index).is_some_and(|group| !groups.insert(group)) {
                return true;
            }
            bytes += weight;
            chunk.push(*index);
            false
        });
        chunk
    }
}
