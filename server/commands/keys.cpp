#include "server/commands/command.hpp"

#include "data/sha256.hpp"
#include "server/access/scopes.hpp"
#include "server/identifiers.hpp"
#include "server/time.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>

namespace keyaki::server::commands {

namespace {

using nlohmann::ordered_json;

void create(const Common &common, const std::string &name, const std::vector<std::string> &wanted) {
    std::for_each(wanted.begin(), wanted.end(), access::require_scope);
    const std::int64_t now = now_us();
    const std::string secret = make_api_secret();
    data::ApiKey key{make_ulid(now), name, wanted, data::sha256(secret), now, std::nullopt};
    const auto store = common.open();
    store->write([&](data::WriteTransaction &books) { books.create_key(key, command_line_author()); });
    if (common.json) {
        fmt::print("{}\n", ordered_json{{"id", key.id}, {"key", secret}}.dump());
    } else {
        fmt::print("key {} for {}: {}\nIt is shown this once; only its hash is stored.\n", key.id, name, secret);
    }
}

void list(const Common &common) {
    const auto store = common.open();
    auto keys = ordered_json::array();
    for (const data::ApiKey &key : store->keys()) {
        ordered_json json{{"id", key.id}, {"name", key.name}, {"scopes", key.scopes}, {"created_at", format_rfc3339_jst(key.created_at_us)}};
        json["revoked_at"] = key.revoked_at_us ? ordered_json(format_rfc3339_jst(*key.revoked_at_us)) : ordered_json(nullptr);
        if (!common.json) {
            fmt::print("{}  {:<24} {}{}\n", key.id, key.name, fmt::join(key.scopes, ","), key.revoked_at_us ? "  revoked" : "");
        }
        keys.push_back(std::move(json));
    }
    if (common.json) {
        fmt::print("{}\n", keys.dump());
    }
}

void revoke(const Common &common, const std::string &id) {
    const auto store = common.open();
    store->write([&](data::WriteTransaction &books) { books.revoke_key(id, command_line_author(), now_us()); });
    fmt::print("key {} is revoked\n", id);
}

} // namespace

void add_keys(CLI::App &keyaki) {
    auto *key = keyaki.add_subcommand("key", "Keys for programs that check in, read the ledger or edit layers");
    key->require_subcommand(1);
    const auto common = std::make_shared<Common>();

    auto *creating = key->add_subcommand("create", "Make a key; it is shown once");
    creating->footer("Example: keyaki key create --name app --scopes checkins:write,members:read\n"
                     "         keyaki key create --name 'shelter desk' --scopes layers:write:shelters,layers:publish:shelters");
    const auto name = std::make_shared<std::string>();
    const auto wanted = std::make_shared<std::vector<std::string>>();
    creating->add_option("--name", *name, "Whose key it is")->required();
    creating
        ->add_option(
            "--scopes", *wanted,
            fmt::format(
                "What it may do, parted by commas: {}; those of layers also for one layer, as layers:write:shelters, and ledger:spend for one "
                "shop, as ledger:spend:bakery",
                fmt::join(access::scope_names, ", ")))
        ->required()
        ->delimiter(',');
    add_common_options(*creating, *common, true);
    creating->callback([common, name, wanted] { create(*common, *name, *wanted); });

    auto *listing = key->add_subcommand("list", "List the keys, without their secrets");
    listing->footer("Example: keyaki key list");
    add_common_options(*listing, *common, true);
    listing->callback([common] { list(*common); });

    auto *revoking = key->add_subcommand("revoke", "End a key; it is refused from the next request on");
    revoking->footer("Example: keyaki key revoke 01KB3ZV4J7M3Q1N1J6D3X0H7QT");
    const auto id = std::make_shared<std::string>();
    revoking->add_option("id", *id, "The key's id")->required();
    add_common_options(*revoking, *common, false);
    revoking->callback([common, id] { revoke(*common, *id); });
}

} // namespace keyaki::server::commands
