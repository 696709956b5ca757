// ScriptServices: what scripts may reach. Switch thread.
#pragma once

namespace tandem {

class Directory;
class Events;
class HttpClient;
class Loop;
class VerbTable;

/// All null in `tandem check`, where nothing runs but the loading of the file. Whoever gives them keeps them for longer than any script.
struct ScriptServices {
  Loop* loop = nullptr;
  Directory* directory = nullptr;
  VerbTable* verbs = nullptr;
  Events* events = nullptr;    ///< null: nothing that is published is heard
  HttpClient* http = nullptr;  ///< null: http.get and http.post say that they are not available
};

}  // namespace tandem
