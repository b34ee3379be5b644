#include "server/commands/command.hpp"

#include "geo/error.hpp"
#include "server/delivery/registration.hpp"
#include "server/time.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace keyaki::server::commands {

namespace {

using nlohmann::ordered_json;

struct Words {
    delivery::Registration wanted;
    std::string signing = "ed25519";
    std::string id;
    std::uint64_t sequence = 0; ///< 0: all
};

constexpr std::size_t letters_page = 1'000;

void add(const Common &common, Words words) {
    words.wanted.signing = words.signing == "hmac" ? data::Signing::hmac : data::Signing::ed25519;
    const auto store = common.open();
    const auto networks = common.settings().webhook_networks;
    const ordered_json made = delivery::registered_json(delivery::register_webhook(*store, words.wanted, networks, command_line_author(), now_us()));
    if (common.json) {
        fmt::print("{}\n", made.dump());
    } else {
        fmt::print("webhook {} tells {}\nkey for checking its signatures, shown this once: {}\n", made["id"].get<std::string>(), words.wanted.url,
                   made["key"].get<std::string>());
    }
}

void list(const Common &common) {
    const auto store = common.open();
    for (const data::WebhookFigures &figures : store->webhook_figures()) {
        if (common.json) {
            fmt::print("{}\n", delivery::webhook_json(figures).dump());
        } else {
            fmt::print("{}  {}  {} behind, {} waiting, {} dead letters{}\n", figures.webhook.id, figures.webhook.url, figures.behind, figures.waiting,
                       figures.dead_letters, figures.webhook.ended_at_us ? "  ended: " + figures.webhook.ended_because : "");
        }
    }
}

void remove(const Common &common, const Words &words) {
    const auto store = common.open();
    store->write([&](data::WriteTransaction &books) { books.end_webhook(words.id, "removed", command_line_author(), now_us()); });
    fmt::print("webhook {} is told of nothing more\n", words.id);
}

void dead(const Common &common, const Words &words) {
    const auto store = common.open();
    data::DeadLetterPlace after;
    for (std::size_t found = letters_page; found == letters_page;) {
        const auto letters = store->dead_letters(words.id, after, letters_page);
        found = letters.size();
        for (const data::DeadLetter &letter : letters) {
            after = {letter.webhook, letter.item.sequence};
            if (common.json) {
                fmt::print("{}\n", delivery::dead_letter_json(letter).dump());
            } else {
                fmt::print("{}  {:>8}  {}  {}  {} attempts: {}\n", letter.webhook, letter.item.sequence, letter.event.type,
                           format_rfc3339_jst(letter.event.time_us), letter.item.attempts, letter.item.last_error);
            }
        }
    }
}

void replay(const Common &common, const Words &words) {
    const auto store = common.open();
    std::size_t count = 0;
    store->write([&](data::WriteTransaction &books) {
        const auto sequence = words.sequence == 0 ? std::nullopt : std::optional(words.sequence);
        count = books.replay_dead_letters(words.id, sequence, command_line_author(), now_us());
    });
    fmt::print("{} dead letters wait to be sent again\n", count);
}

} // namespace

void add_webhooks(CLI::App &keyaki) {
    auto *webhook = keyaki.add_subcommand("webhook", "Who is told of events, and what could not be told");
    webhook->require_subcommand(1);
    const auto common = std::make_shared<Common>();
    const auto words = std::make_shared<Words>();

    auto *adding = webhook->add_subcommand("add", "Register a receiver; the key that checks signatures is shown once");
    adding->footer("Example: keyaki webhook add --url https://app.example.jp/keyaki --types points.awarded,points.voided");
    adding->add_option("--url", words->wanted.url, "Where events are sent to")->required();
    adding->add_option("--types", words->wanted.types, "Of which types, parted by commas; all without")->delimiter(',');
    adding->add_option("--signing", words->signing, "ed25519 (v1a) or hmac (v1, a shared secret)")->check(CLI::IsMember({"ed25519", "hmac"}));
    add_common_options(*adding, *common, true);
    adding->callback([common, words] { add(*common, *words); });

    auto *listing = webhook->add_subcommand("list", "Receivers, and how far they are behind");
    listing->footer("Example: keyaki webhook list");
    add_common_options(*listing, *common, true);
    listing->callback([common] { list(*common); });

    auto *removing = webhook->add_subcommand("remove", "Tell a receiver nothing more");
    removing->footer("Example: keyaki webhook remove 01JRK5T0Q2V5W8X1Y4Z7A0B3C6");
    removing->add_option("id", words->id, "The webhook's id")->required();
    add_common_options(*removing, *common, false);
    removing->callback([common, words] { remove(*common, *words); });

    auto *letters = webhook->add_subcommand("dead", "Events that were given up after three days");
    letters->footer("Example: keyaki webhook dead --json");
    letters->add_option("id", words->id, "The webhook's id; of all without one");
    add_common_options(*letters, *common, true);
    letters->callback([common, words] { dead(*common, *words); });

    auto *replaying = webhook->add_subcommand("replay", "Send dead letters again");
    replaying->footer("Example: keyaki webhook replay 01JRK5T0Q2V5W8X1Y4Z7A0B3C6");
    replaying->add_option("id", words->id, "The webhook's id")->required();
    replaying->add_option("--sequence", words->sequence, "Only this one");
    add_common_options(*replaying, *common, false);
    replaying->callback([common, words] { replay(*common, *words); });
}

} // namespace keyaki::server::commands
