#include "server/rally/draw.hpp"

#include "data/sha256.hpp"
#include "server/json_reader.hpp"
#include "server/rally/limits.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace keyaki::server::rally {

namespace {

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
        if (!(*list)[i].is_string()) {
            errors.push_back({fmt::format("/{}/{}", name, i), "expected a ticket as text"});
        } else {
            texts.push_back((*list)[i].get<std::string>());
        }
    }
    return texts;
}

} // namespace

std::string entries_lines(const std::vector<std::string> &sorted_tickets) {
    std::string lines;
    for (const std::string &ticket : sorted_tickets) {
        lines += ticket;
        lines += '\n';
    }
    return lines;
}

std::string entries_hash(const std::vector<std::string> &sorted_tickets) { return data::to_hex(data::sha256(entries_lines(sorted_tickets))); }

std::vector<std::string> winners_of(const std::vector<std::string> &sorted_tickets, std::string_view seed, std::size_t count) {
    const std::string hash = entries_hash(sorted_tickets);
    std::vector<std::pair<std::string, std::string>> places;
    for (const std::string &ticket : sorted_tickets) {
        places.emplace_back(data::to_hex(data::sha256(fmt::format("{}\n{}\n{}", seed, hash, ticket))), ticket);
    }
    std::sort(places.begin(), places.end());
    std::vector<std::string> winners;
    for (std::size_t i = 0; i < std::min(count, places.size()); ++i) {
        winners.push_back(places[i].second);
    }
    return winners;
}

std::string draw_json(const DrawDocument &document) {
    nlohmann::ordered_json json{{"rally", document.rally},
                                {"closed_at", document.closed_at},
                                {"seed_announced", document.seed_announced},
                                {"winners_wanted", document.winners_wanted},
                                {"entries_hash", document.hash},
                                {"entries", document.entries}};
    if (!document.seed.empty()) {
        json["seed"] = document.seed;
        json["drawn_at"] = document.drawn_at;
        json["winners"] = document.winners;
    }
    return json.dump();
}

DrawDocument parse_draw(std::string_view text) {
    const nlohmann::json json = parse_json(text, "the draw");
    std::vector<FieldError> errors;
    ObjectReader reader(json, "", errors);
    DrawDocument document;
    document.rally = reader.text("rally", 64);
    document.closed_at = reader.text("closed_at", 40);
    document.seed_announced = reader.text("seed_announced", 1'000);
    document.winners_wanted = static_cast<std::size_t>(reader.integer("winners_wanted", 1, static_cast<std::int64_t>(max_draw_tickets)));
    document.hash = reader.text("entries_hash", 64);
    document.entries = read_list(reader, "entries", errors);
    document.seed = reader.optional_text("seed", 1'000).value_or("");
    document.drawn_at = reader.optional_text("drawn_at", 40).value_or("");
    if (reader.optional("winners") != nullptr) {
        document.winners = read_list(reader, "winners", errors);
    }
    reader.finish();
    if (!errors.empty()) {
        throw FieldErrors("the draw", std::move(errors));
    }
    return document;
}

std::vector<std::string> verify_draw(const DrawDocument &document) {
    std::vector<std::string> problems;
    if (!std::is_sorted(document.entries.begin(), document.entries.end()) ||
        std::adjacent_find(document.entries.begin(), document.entries.end()) != document.entries.end()) {
        problems.push_back("the tickets are not sorted, or one stands there twice");
    }
    const std::string hash = entries_hash(document.entries);
    if (hash != document.hash) {
        problems.push_back(fmt::format("the tickets have the hash {}, but {} was published", hash, document.hash));
    }
    if (document.seed.empty()) {
        return problems;
    }
    const std::vector<std::string> winners = winners_of(document.entries, document.seed, document.winners_wanted);
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
