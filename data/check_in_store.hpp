#pragma once

#include "data/check_in.hpp"
#include "data/database.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// Check-ins, stamps, stored answers and the outbox (data/sql/003-check-ins.sql). Functions that change something run inside the caller's
/// transaction or savepoint. invalid_input for names that break the rule of identifier.hpp.
namespace keyaki::data {

void insert_check_in(Connection &connection, const CheckIn &check_in); ///< conflict when the id is taken
/// `evidence_json` is empty once its retention is over.
[[nodiscard]] std::optional<CheckIn> find_check_in(Connection &connection, std::string_view id);

void insert_stamp(Connection &connection, const Stamp &stamp); ///< conflict when it is there already
[[nodiscard]] std::optional<Stamp> find_stamp(Connection &connection, std::string_view rally, std::string_view spot, std::string_view member,
                                              std::string_view period);
[[nodiscard]] std::vector<Stamp> stamps_of(Connection &connection, std::string_view member);                         ///< newest first
[[nodiscard]] std::vector<Stamp> stamps_of(Connection &connection, std::string_view member, std::string_view rally); ///< newest first

[[nodiscard]] std::optional<StoredAnswer> find_answer(Connection &connection, std::string_view client, std::string_view route, std::string_view key);
/// conflict when (client, route, key) has an answer: answers are never replaced.
void store_answer(Connection &connection, std::string_view client, std::string_view route, std::string_view key, const StoredAnswer &answer,
                  std::int64_t now_us);

/// The id has to say what happened, which happens once: nothing here looks for another event with it.
void insert_event(Connection &connection, const OutboxEvent &event);

} // namespace keyaki::data
