#include "server/routes/routes.hpp"

#include "server/auth.hpp"
#include "server/flows/members.hpp"
#include "server/identifiers.hpp"
#include "server/routes/ledger_answers.hpp"
#include "server/routes/parameters.hpp"
#include "server/time.hpp"
#include "server/writing.hpp"

namespace keyaki::server {

namespace {

/// 200 with everything that is known, which is nothing for somebody unknown; 400 for what cannot be a member, 401, 403.
http::Response answer_export(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"members:read"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    return private_ledger_json(200, export_member(application.store(), require_member(request.params.at("member")), now_us()));
}

/// 200 with the rows that went, also where there was nothing; 400, 401, 403, 503.
http::Response answer_erasure(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"members:erase"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    return answer_writing(application.store(), request, [&] {
        const std::string member = require_member(request.params.at("member"));
        std::string erased = erase_member(application.store(), application.settings().database, member, who.author, now_us());
        application.forget_member(member); // after the database, from which it is read at a start
        return private_ledger_json(200, std::move(erased));
    });
}

} // namespace

void add_member_routes(http::Router &router, Application &application) {
    router.add(http::Method::get, "/members/{member}", [&application](const http::Request &request) { return answer_export(application, request); },
               {.name = "member-export",
                .description = {.summary = "Everything that is known of a member",
                                .details = "The rows of each table, entries of the ledger too: for whoever asks what is known of him.",
                                .tag = "Members",
                                .parameters = {path_parameter("member", "The member's pseudonym")},
                                .answers = {json_answer("The rows by table")},
                                .scopes = {"members:read"}}});
    router.add(http::Method::delete_, "/members/{member}",
               [&application](const http::Request &request) { return answer_erasure(application, request); },
               {.name = "member-erasure",
                .description = {.summary = "Erases a member",
                                .details = "All that is known goes but the books: in the ledger the pseudonym stays, and its balances. Receivers of "
                                           "events are told by member.erased.",
                                .tag = "Members",
                                .parameters = {path_parameter("member", "The member's pseudonym")},
                                .answers = {json_answer("The rows that went, by table")},
                                .scopes = {"members:erase"}}});
}

} // namespace keyaki::server
