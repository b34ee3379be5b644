#include "server/access/scopes.hpp"

#include "geo/error.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::server::access;

namespace {

std::string refusal(std::string_view scope) {
    try {
        require_scope(scope);
    } catch (const geo::Error &error) {
        return error.what();
    }
    return "";
}

} // namespace

TEST_CASE("a grant for all layers holds for each, a grant for one layer for no other and for nothing that is not of one layer") {
    struct Case {
        std::vector<std::string> granted;
        std::string layer;
        bool may_write;
    };
    for (const auto &[granted, layer, may_write] : std::vector<Case>{{{"layers:write"}, "shelters", true},
                                                                     {{"layers:write"}, "", true},
                                                                     {{"layers:write:shelters"}, "shelters", true},
                                                                     {{"layers:write:shelters"}, "shelters_2", false},
                                                                     {{"layers:write:shelters"}, "shelter", false},
                                                                     {{"layers:write:shelters"}, "", false},
                                                                     {{"layers:write:shelters", "layers:write:spots"}, "spots", true},
                                                                     {{"layers:publish:shelters"}, "shelters", false},
                                                                     {{"layers:publish"}, "shelters", false},
                                                                     {{"layers:write:"}, "", false},
                                                                     {{}, "shelters", false}}) {
        CAPTURE(granted, layer);
        CHECK(permits(granted, {"layers:write"}, layer) == may_write);
    }
    CHECK(permits({"members:read"}, {"checkins:write", "members:read"}, ""));
    CHECK(permits({"layers:publish:spots"}, {"layers:write", "layers:publish"}, "spots"));
    CHECK_FALSE(permits({"members:read"}, {}, "spots"));
    CHECK(permits_something({"members:read", "layers:publish:spots"}, {"layers:write", "layers:publish"}));
    CHECK(permits_something({"layers:write"}, {"layers:write"}));
    CHECK_FALSE(permits_something({"layers:publish:spots", "members:read"}, {"layers:write"}));
    CHECK_FALSE(permits_something({}, {"layers:write"}));
}

TEST_CASE("scopes are names, and those of layers may name one layer") {
    for (const std::string_view name : scope_names) {
        CHECK(is_scope(name));
    }
    CHECK(is_scope("layers:write:shelters"));
    CHECK(is_scope("layers:publish:a_2"));
    for (const std::string_view text : {"", "layers", "layers:write:", "layers:write:Shelters", "layers:write:a:b", "layers:write:a b",
                                        "members:read:a", "ledger:write:shelters", "layers:delete:a", "LAYERS:WRITE", "layers:write "}) {
        CAPTURE(text);
        CHECK_FALSE(is_scope(text));
        CHECK_FALSE(refusal(text).empty());
    }
}

TEST_CASE("what is no scope is refused with what was probably meant") {
    CHECK(refusal("layers:write:shelters").empty());
    CHECK(refusal("layer:write").find("did you mean \"layers:write\"?") != std::string::npos);
    CHECK(refusal("layers:publsh:shelters").find("did you mean \"layers:publish:shelters\"?") != std::string::npos);
    CHECK(refusal("checkin:write").find("did you mean \"checkins:write\"?") != std::string::npos);
    CHECK(refusal("layers:write:Shelters") == "the scope \"layers:write:Shelters\" must end with a layer's id, but \"Shelters\" cannot be one");
    CHECK(refusal("ledger:read:shelters") ==
          "the scope \"ledger:read:shelters\" cannot be of one layer; only layers:write and layers:publish can, and ledger:spend of one shop");
}
