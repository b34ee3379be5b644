#include "tests/flows/ledger_books.hpp"

#include "data/store.hpp"

#include <catch2/catch.hpp>

#include <fstream>

namespace keyaki::test {

using nlohmann::json;

CommandResult keyaki_must(std::vector<std::string> words) {
    CommandResult result = run_keyaki(std::move(words));
    CAPTURE(result.out, result.error);
    REQUIRE(result.status == 0);
    return result;
}

std::string make_key(const std::filesystem::path &database, const std::string &scopes) {
    const CommandResult made = keyaki_must({"key", "create", "--name", "t", "--scopes", scopes, "--json", "--database", database.string()});
    return json::parse(made.out).at("key").get<std::string>();
}

LedgerBooks::LedgerBooks() {
    static_cast<void>(data::open_store({database, true}));
    const std::string file = database.string();
    keyaki_must({"ledger", "fund", "walk", "1000", "--id", "fund-1", "--database", file});
    keyaki_must({"ledger", "fund", "walk", "1000", "--id", "fund-1", "--database", file}); // asked twice, funded once
    keyaki_must({"ledger", "fund", "kids", "500", "--purpose", "childcare", "--database", file});
    keyaki_must({"ledger", "shop", "bakery", "general", "--database", file});
    keyaki_must({"ledger", "shop", "nursery", "nurseries", "--database", file});
    keyaki_must({"ledger", "purpose", "childcare", "nurseries", "--database", file});
    key = make_key(database, "ledger:write,ledger:read,webhooks:write,members:read");
    bakery_key = make_key(database, "ledger:spend:bakery");
}

std::vector<std::string> LedgerBooks::options(bool is_loopback_allowed) const {
    std::ofstream(folder / "keyaki.toml") << "ledger_head_file = \"" << head.string() << "\"\n"
                                          << (is_loopback_allowed ? "webhook_networks = \"127.0.0.0/8\"\n" : "");
    return {"--log-level", "error", "--config", (folder / "keyaki.toml").string()};
}

HttpAnswer transfer(HttpClient &client, const std::string &id, const std::string &debit, const std::string &credit, int amount, const json &more) {
    json body{{"id", id}, {"debit", debit}, {"credit", credit}, {"amount", amount}, {"code", "test"}};
    body.update(more);
    return client.post("/ledger/transfers", body.dump(), as_json);
}

void award(HttpClient &client, const std::string &id, const std::string &member, const std::string &ending) {
    REQUIRE(transfer(client, id, "budget:walk", "member:" + member, 1, {{"pending", true}}).status == 201);
    REQUIRE(client.post("/ledger/transfers/" + id + "/" + ending, "").status == 201);
}

} // namespace keyaki::test
