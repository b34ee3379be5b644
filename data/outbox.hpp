#pragma once

#include "data/check_in.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::data {

/// Every type of event that keyaki tells of, and so all that anybody can ask to be told of: insert_event() takes no other.
inline constexpr std::array<std::string_view, 11> event_types = {"points.awarded",         "points.held",     "points.voided",   "checkin.accepted",
                                                                 "checkin.held",           "coupon.granted",  "coupon.redeemed", "rally.completed",
                                                                 "rally.course_completed", "layer.published", "member.erased"};

/// An event with its place in the order of delivery, 1, 2, 3 …
struct NumberedEvent {
    std::uint64_t sequence = 0;
    OutboxEvent event;
};

enum class Signing : std::uint8_t { ed25519, hmac };

/// Somebody who is told of events.
struct Webhook {
    std::string id;
    std::string url;
    std::vector<std::string> types; ///< of events; empty for all
    Signing signing = Signing::ed25519;
    std::array<std::uint8_t, 32> secret{}; ///< the seed of the private key, or the shared secret; never shown
    std::uint64_t cursor = 0;              ///< all events up to here are delivered, or stand in the backlog
    std::int64_t created_at_us = 0;
    std::optional<std::int64_t> ended_at_us; ///< removed, or the receiver said that it is gone
    std::string ended_because;
};

/// An event that failed, or waits behind one of the same subject that did.
struct BacklogItem {
    std::uint64_t sequence = 0;
    std::string subject;
    std::uint32_t attempts = 0;
    std::optional<std::int64_t> first_attempt_at_us;
    std::int64_t next_attempt_at_us = 0;
    std::optional<std::int64_t> given_up_at_us; ///< a dead letter
    std::string last_error;
};

/// What a while of delivering came to, written down at once.
struct DeliveryRecord {
    std::string webhook;
    std::uint64_t cursor = 0;             ///< forwards only
    std::vector<BacklogItem> waiting;     ///< put or changed
    std::vector<std::uint64_t> delivered; ///< taken out of the backlog
    std::string ended_because;            ///< not empty: the receiver is gone
    std::int64_t now_us = 0;
};

/// Where a dead letter stands among all of them; where a list goes on after it.
struct DeadLetterPlace {
    std::string webhook; ///< empty for the beginning
    std::uint64_t sequence = 0;
};

/// A dead letter with what it would have told.
struct DeadLetter {
    std::string webhook;
    BacklogItem item;
    OutboxEvent event;
};

/// For metrics and lists.
struct WebhookFigures {
    Webhook webhook;
    std::uint64_t waiting = 0; ///< in the backlog
    std::uint64_t dead_letters = 0;
    std::uint64_t behind = 0; ///< events after the cursor, of all types
};

} // namespace keyaki::data
