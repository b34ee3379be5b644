#include "server/rally/draw.hpp"

#include "data/sha256.hpp"
#include "server/json_reader.hpp"
#include "server/rally/limits.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cassert>
#include <map>
#include <set>
#include <utility>

namespace keyaki::server::rally {

namespace {

/// Otherwise two lists could have the same lines.
bool is_ticket(std::string_view text) {
    return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= ' '; });
}

std::vector<std::string> read_list(ObjectReader &reader, std::string_view name, std::vector<FieldError> &errors) {
    std::vector<std::string> texts;
    const nlohmann::json *list = reader.required(name);
    if (list == nullptr) {
        return texts;
    }
    if (!list->is_array() || list->size() > max_draw_tickets) {
        reader.refuse(name, fmt::format("expected a list of at most {} tickets", max_draw_tickets));
        return texts;
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
        const std::string *ticket = (*list)[i].get_ptr<const std::string *>();
        if (ticket == nullptr || !is_ticket(*ticket)) {
            errors.push_back({fmt::format("/{}/{}", name, i), "expected a ticket as text without blanks and line feeds"});
        } else {
            texts.push_back(*ticket);
        }
    }
    return texts;
}

Holders read_holders(ObjectReader &reader, std::size_t tickets) {
    Holders holders;
    const nlohmann::json *list = reader.required("holders");
    if (list == nullptr) {
        return holders;
    }
    if (!list->is_array() || list->size() != tickets) {
        reader.refuse("holders", fmt::format("expected the number of its holder for each of the {} tickets", tickets));
        return holders;
    }
    for (const nlohmann::json &holder : *list) {
        if (!holder.is_number_integer()) {
            reader.refuse("holders", "expected whole numbers");
            return {};
        }
        holders.push_back(holder.get<std::int64_t>());
    }
    return holders;
}

} // namespace

std::string entries_lines(const std::vector<std::string> &sorted_tickets, const Holders &holders) {
    assert(holders.empty() || holders.size() == sorted_tickets.size());
    std::string lines;
    for (std::size_t i = 0; i < sorted_tickets.size(); ++i) {
        lines += holders.empty() ? sorted_tickets[i] + '\n' : fmt::format("{} {}\n", sorted_tickets[i], holders[i]);
    }
    return lines;
}

std::string entries_hash(const std::vector<std::string> &sorted_tickets, const Holders &holders) {
    return data::to_hex(data::sha256(entries_lines(sorted_tickets, holders)));
}

std::vector<std::string> winners_of(const std::vector<std::string> &sorted_tickets, std::string_view seed, std::size_t count,
                                    const Holders &holders) {
    const std::string hash = entries_hash(sorted_tickets, holders);
    std::vector<std::pair<std::string, std::size_t>> places;
    for (std::size_t i = 0; i < sorted_tickets.size(); ++i) {
        places.emplace_back(data::to_hex(data::sha256(fmt::format("{}\n{}\n{}", seed, hash, sorted_tickets[i]))), i);
    }
    std::sort(places.begin(), places.end());
    std::vector<std::string> winners;
    std::set<std::int64_t> have_won;
    for (const auto &[place, i] : places) {
        if (winners.size() < count && (holders.empty() || have_won.insert(holders[i]).second)) {
            winners.push_back(sorted_tickets[i]);
        }
    }
    return winners;
}

Holders numbered_holders(const std::vector<std::string> &members) {
    std::map<std::string_view, std::int64_t> numbers;
    Holders holders;
    for (const std::string &member : members) {
        holders.push_back(numbers.emplace(member, static_cast<std::int64_t>(numbers.size()) + 1).first->second);
    }
    return holders;
}

std::string draw_json(const DrawDocument &document) {
    nlohmann::ordered_json json{{"rally", document.rally},
                                {"closed_at", document.closed_at},
                                {"seed_announced", document.seed_announced},
                                {"winners_wanted", document.winners_wanted},
                                {"entries_hash", document.hash},
                                {"entries", document.entries}};
    if (!document.holders.empty()) {
        json["unique_winners"] = true;
        json["holders"] = document.holders;
    }
    if (!document.seed.empty()) {
        json["seed"] = document.seed;
        json["drawn_at"] = document.drawn_at;
        json["winners"] = document.winners;
    }
    return json.dump();
}

DrawDocument parse_draw(std::string_view text) {
    return read_object(text, "the draw", [&](ObjectReader &reader, std::vector<FieldError> &errors) {
        DrawDocument document;
        document.rally = reader.text("rally", 64);
        document.closed_at = reader.text("closed_at", 40);
        document.seed_announced = reader.text("seed_announced", 1'000);
        document.winners_wanted = static_cast<std::size_t>(reader.integer("winners_wanted", 1, static_cast<std::int64_t>(max_draw_tickets)));
        document.hash = reader.text("entries_hash", 64);
        document.entries = read_list(reader, "entries", errors);
        if (reader.optional_boolean("unique_winners").value_or(false)) {
            document.holders = read_holders(reader, document.entries.size());
        }
        document.seed = reader.optional_text("seed", 1'000).value_or("");
        document.drawn_at = reader.optional_text("drawn_at", 40).value_or("");
        if (reader.optional("winners") != nullptr) {
            document.winners = read_list(reader, "winners", errors);
        }
        return document;
    });
}

namespace {

/// 1 for the holder of the first ticket, and one more with each first ticket of another.
bool are_numbered_in_order(const Holders &holders) {
    std::int64_t highest = 0;
    for (const std::int64_t holder : holders) {
        if (holder < 1 || holder > highest + 1) {
            return false;
        }
        highest = std::max(highest, holder);
    }
    return true;
}

} // namespace

std::vector<std::string> verify_draw(const DrawDocument &document) {
    std::vector<std::string> problems;
    if (!document.holders.empty() && document.holders.size() != document.entries.size()) {
        problems.push_back(fmt::format("{} tickets have {} holders", document.entries.size(), document.holders.size()));
        return problems;
    }
    if (!are_numbered_in_order(document.holders)) {
        problems.push_back("the holders are not numbered in the order of their first tickets");
    }
    if (!std::is_sorted(document.entries.begin(), document.entries.end()) ||
        std::adjacent_find(document.entries.begin(), document.entries.end()) != document.entries.end()) {
        problems.push_back("the tickets are not sorted, or one stands there twice");
    }
    const std::string hash = entries_hash(document.entries, document.holders);
    if (hash != document.hash) {
        problems.push_back(fmt::format("the tickets have the hash {}, but {} was published", hash, document.hash));
    }
    if (document.seed.empty()) {
        return problems;
    }
    const std::vector<std::string> winners = winners_of(document.entries, document.seed, document.winners_wanted, document.holders);
    for (std::size_t i = 0; i < std::max(winners.size(), document.winners.size()); ++i) {
        const std::string &right = i < winners.size() ? winners[i] : std::string("nobody");
        const std::string &named = i < document.winners.size() ? document.winners[i] : std::string("nobody");
        if (right != named) {
            problems.push_back(fmt::format("winner {} is {} by the seed, but {} is named", i + 1, right, named));
        }
    }
    return problems;
}

} // namespace keyaki::server::rally
