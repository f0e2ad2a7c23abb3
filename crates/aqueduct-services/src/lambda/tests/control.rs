//! Functions, policies, settings and URLs at run time.

use bytes::Bytes;

use super::*;
use crate::cloud::virtual_time::VirtualTime;
use crate::lambda::code::tests::ZIP;

/// A cloud without functions.
fn empty() -> World {
    VirtualTime::new(crate::cloud::fixture::empty(), crate::cloud::fixture::Handlers::default(), START)
}

fn create(name: &str) -> CreateFunction {
    CreateFunction {
        name: name.to_owned(),
        package_type: None,
        code: CodeSource::Zip(Bytes::from_static(ZIP)),
        tags: BTreeMap::new(),
        architectures: None,
        settings: UpdateFunction {
            runtime: Some("provided.al2023".to_owned()),
            handler: Some("bootstrap".to_owned()),
            role: Some("arn:aws:iam::000000000000:role/worker".to_owned()),
            ..UpdateFunction::default()
        },
    }
}

fn created(name: &str) -> Request {
    Request::CreateFunction(Box::new(create(name)))
}

fn ask(world: &mut World, request: Request) -> Result<Response, ApiError> {
    let call = world.lambda(request);
    world.lambda_answer(call).expect("an answer at once")
}

fn described(world: &mut World, name: &str) -> FunctionDescription {
    match ask(world, Request::GetFunction { function: name.to_owned() }) {
        Ok(Response::Function(function)) => *function,
        other => panic!("{other:?}"),
    }
}

/// A cloud with an active function `worker`.
fn with_worker() -> World {
    let mut world = empty();
    ask(&mut world, created("worker")).unwrap();
    world.run_for(Duration::from_secs(1));
    world
}

#[test]
fn a_function_is_pending_then_active_and_an_update_is_in_progress() {
    let mut world = empty();
    let Ok(Response::FunctionCreated(made)) = ask(&mut world, created("worker")) else { panic!("not created") };
    assert_eq!((made.progress, made.timeout, made.memory_mb), (Progress::Creating, 3, 128));
    let error = ask(&mut world, synchronous("")).unwrap_err();
    assert_eq!(error.status, 409);
    assert!(error.message.ends_with("The function is currently in the following state: Pending"), "{error}");
    world.run_for(Duration::from_secs(1));
    assert_eq!(described(&mut world, "worker").progress, Progress::Done);
    let update = || UpdateFunction { function: "worker".to_owned(), timeout: Some(9), ..UpdateFunction::default() };
    let Ok(Response::Configuration(updated)) =
        ask(&mut world, Request::UpdateFunctionConfiguration(Box::new(update())))
    else {
        panic!("not updated")
    };
    assert_eq!((updated.progress, updated.timeout), (Progress::Updating, 9));
    assert_ne!(updated.revision, made.revision);
    let error = ask(&mut world, Request::UpdateFunctionConfiguration(Box::new(update()))).unwrap_err();
    assert!(error.status == 409 && error.message.contains("An update is in progress"), "{error}");
}

#[test]
fn the_driver_learns_of_functions_in_order() {
    let mut world = with_worker();
    let rollouts = world.cloud_mut().take_rollouts();
    let [Rollout::Deploy(deployment)] = rollouts.as_slice() else { panic!("{rollouts:?}") };
    assert_eq!((deployment.name.as_str(), deployment.handler.as_deref()), ("worker", Some("bootstrap")));
    assert_eq!(deployment.code.as_ref().unwrap().zip().as_ref(), ZIP);
    ask(&mut world, Request::DeleteFunction { function: "worker".to_owned() }).unwrap();
    assert_eq!(world.cloud_mut().take_rollouts(), [Rollout::Remove("worker".to_owned())]);
    let error = ask(&mut world, Request::GetFunction { function: "worker".to_owned() }).unwrap_err();
    assert_eq!(error.message, "Function not found: arn:aws:lambda:us-east-1:000000000000:function:worker");
}

#[test]
fn functions_that_lambda_refuses() {
    let mut world = with_worker();
    let with = |change: &dyn Fn(&mut CreateFunction)| {
        let mut create = create("other");
        change(&mut create);
        Request::CreateFunction(Box::new(create))
    };
    let text = |text: &str| Some(text.to_owned());
    let large = BTreeMap::from([("KEY".to_owned(), "x".repeat(4_096))]);
    let cases: Vec<(Request, &str, &str)> = vec![
        (created("worker"), "ResourceConflictException", "Function already exist: worker"),
        (with(&|create| create.settings.role = text("role")), "ValidationException", "at 'role' failed"),
        (with(&|create| create.settings.memory_mb = Some(127)), "ValidationException", "equal to 128"),
        (with(&|create| create.settings.memory_mb = Some(10_241)), "InvalidParameterValueException", "equal to 10240"),
        (with(&|create| create.settings.timeout = Some(901)), "ValidationException", "equal to 900"),
        (with(&|create| create.settings.timeout = Some(0)), "ValidationException", "equal to 1"),
        (with(&|create| create.settings.runtime = text("rust1.x")), "InvalidParameterValueException", "valid ARN"),
        (with(&|create| create.settings.runtime = text("python3.12")), "NotImplemented", "the runtime python3.12"),
        (with(&|create| create.settings.environment = Some(large.clone())), "InvalidParameterValueException", "4KB"),
        (with(&|create| create.architectures = Some(vec!["riscv".to_owned()])), "ValidationException", "[riscv]"),
        (with(&|create| create.package_type = text("Image")), "NotImplemented", "images"),
        (
            with(&|create| create.code = CodeSource::Zip(Bytes::from_static(b"no zip"))),
            "InvalidParameterValueException",
            "unzip",
        ),
        (with(&|create| create.name = "a b".to_owned()), "ValidationException", "at 'functionName'"),
    ];
    for (request, code, part) in cases {
        let error = ask(&mut world, request).unwrap_err();
        assert!(error.code == code && error.message.contains(part), "{code} {part}: {error}");
    }
}

#[test]
fn lists_have_pages() {
    let mut world = empty();
    for index in 0..60 {
        ask(&mut world, created(&format!("f-{index:02}"))).unwrap();
    }
    let mut names = Vec::new();
    let mut page = Page { marker: None, items_max: Some(25) };
    loop {
        let Ok(Response::Functions { functions, next }) = ask(&mut world, Request::ListFunctions(page.clone())) else {
            panic!("no list")
        };
        assert!(functions.len() <= 25);
        names.extend(functions.into_iter().map(|function| function.name));
        let Some(next) = next else { break };
        page.marker = Some(next);
    }
    assert_eq!(names.len(), 60);
    assert!(names.is_sorted());
}

#[test]
fn permissions_have_conditions_and_revisions() {
    let mut world = with_worker();
    let permission = AddPermission {
        function: "worker".to_owned(),
        statement_id: "topic".to_owned(),
        action: "lambda:InvokeFunction".to_owned(),
        principal: "sns.amazonaws.com".to_owned(),
        source_arn: Some("arn:aws:sns:us-east-1:000000000000:t".to_owned()),
        source_account: Some("000000000000".to_owned()),
        ..AddPermission::default()
    };
    let Ok(Response::Statement(statement)) = ask(&mut world, Request::AddPermission(permission.clone())) else {
        panic!("no statement")
    };
    let statement: Value = serde_json::from_str(&statement).unwrap();
    assert_eq!(
        statement["Condition"],
        json!({
            "StringEquals": { "AWS:SourceAccount": "000000000000" },
            "ArnLike": { "AWS:SourceArn": "arn:aws:sns:us-east-1:000000000000:t" },
        })
    );
    let conflict = ask(&mut world, Request::AddPermission(permission.clone())).unwrap_err();
    assert!(
        conflict.status == 409 && conflict.message.starts_with("The statement id (topic) provided already exists.")
    );
    let stale = AddPermission { revision: Some("stale".to_owned()), ..permission.clone() };
    assert_eq!(ask(&mut world, Request::AddPermission(stale)).unwrap_err().status, 412);
    let nobody = AddPermission { principal: "nobody".to_owned(), statement_id: "n".to_owned(), ..permission };
    let error = ask(&mut world, Request::AddPermission(nobody)).unwrap_err();
    assert_eq!(error.message, "The provided principal was invalid. Please check the principal and try again.");
    let remove = |sid: &str| Request::RemovePermission {
        function: "worker".to_owned(),
        statement_id: sid.to_owned(),
        revision: None,
    };
    let error = ask(&mut world, remove("other")).unwrap_err();
    assert_eq!(error.message, "Statement other is not found in resource policy.");
    ask(&mut world, remove("topic")).unwrap();
    assert_eq!(ask(&mut world, Request::GetPolicy { function: "worker".to_owned() }).unwrap_err().status, 404);
}

#[test]
fn settings_of_asynchronous_invocations_are_put_changed_and_taken_away() {
    let mut world = with_worker();
    let change = EventInvokeChange { function: "worker".to_owned(), ..EventInvokeChange::default() };
    let error = ask(&mut world, Request::PutFunctionEventInvokeConfig(change.clone())).unwrap_err();
    assert_eq!(error.message, "You must specify at least one of error handling or destination setting.");
    let error = ask(
        &mut world,
        Request::UpdateFunctionEventInvokeConfig(EventInvokeChange { retries_max: Some(1), ..change.clone() }),
    )
    .unwrap_err();
    assert!(error.message.ends_with("function:worker:$LATEST doesn't have an EventInvokeConfig"), "{error}");
    let queue = "arn:aws:sqs:us-east-1:000000000000:dead";
    let put = EventInvokeChange {
        retries_max: Some(0),
        destinations: Some((None, Some(queue.to_owned()))),
        ..change.clone()
    };
    ask(&mut world, Request::PutFunctionEventInvokeConfig(put)).unwrap();
    let update = EventInvokeChange { age_max: Some(60), ..change.clone() };
    let Ok(Response::EventInvoke(set)) = ask(&mut world, Request::UpdateFunctionEventInvokeConfig(update)) else {
        panic!("not set")
    };
    assert_eq!((set.retries_max, set.age_max), (Some(0), Some(60)));
    assert_eq!(set.on_failure.unwrap().as_str(), queue);
    for (destination, part) in [
        ("arn:aws:lambda:us-east-1:000000000000:function:worker", "as a destination for itself"),
        ("arn:aws:lambda:us-east-1:000000000000:function:nobody", "is invalid"),
        ("arn:aws:dynamodb:us-east-1:000000000000:table/t", "DestinationConfig(onSuccess=null, onFailure=OnFailure"),
        ("arn:aws:s3:::bucket", "S3 buckets as destinations"),
        ("queue", "destinationConfig.onFailure.destination"),
    ] {
        let destinations = Some((None, Some(destination.to_owned())));
        let put = EventInvokeChange { destinations, ..change.clone() };
        let error = ask(&mut world, Request::PutFunctionEventInvokeConfig(put)).unwrap_err();
        assert!(error.message.contains(part), "{error}");
    }
    ask(&mut world, Request::DeleteFunctionEventInvokeConfig { function: "worker".to_owned() }).unwrap();
    let get = Request::GetFunctionEventInvokeConfig { function: "worker".to_owned() };
    assert_eq!(ask(&mut world, get).unwrap_err().status, 404);
}

#[test]
fn a_url_invokes_its_function_until_it_is_deleted() {
    let mut world = with_worker();
    let change =
        UrlChange { function: "worker".to_owned(), auth_type: Some("NONE".to_owned()), ..UrlChange::default() };
    let Ok(Response::UrlCreated(url)) = ask(&mut world, Request::CreateFunctionUrlConfig(change.clone())) else {
        panic!("no URL")
    };
    let id = url.url.trim_end_matches('/').rsplit('/').next().unwrap().to_owned();
    assert_eq!(id.len(), 32);
    let error = ask(&mut world, Request::CreateFunctionUrlConfig(change)).unwrap_err();
    assert!(error.status == 409 && error.message.contains("FunctionUrlConfig exists for this Lambda function"));
    let call = world.lambda(Request::InvokeUrl { url: UrlOf::Id(id.clone()), event: "{}".to_owned() });
    world.rest();
    assert!(matches!(world.lambda_answer(call), Some(Ok(Response::Invoked(_)))));
    ask(&mut world, Request::DeleteFunctionUrlConfig { function: "worker".to_owned() }).unwrap();
    let gone = Request::InvokeUrl { url: UrlOf::Id(id), event: "{}".to_owned() };
    assert_eq!(ask(&mut world, gone).unwrap_err().status, 404);
}

#[test]
fn a_url_that_streams_has_a_listener_while_its_function_runs() {
    for (mode, streams) in [("BUFFERED", false), ("RESPONSE_STREAM", true)] {
        let mut world = with_worker();
        let (auth_type, invoke_mode) = (Some("NONE".to_owned()), Some(mode.to_owned()));
        let change = UrlChange { function: "worker".to_owned(), auth_type, invoke_mode };
        ask(&mut world, Request::CreateFunctionUrlConfig(change)).unwrap();
        let url = UrlOf::Function("worker".to_owned());
        let call = world.lambda(Request::InvokeUrl { url, event: "{}".to_owned() });
        let (_, invocation) = world.functions_mut().seen.pop().unwrap();
        assert_eq!(invocation.streamed, streams, "{mode}");
        assert_eq!(world.cloud().listener(&invocation.request_id), streams.then_some(call), "{mode}");
        world.rest();
        let Some(Ok(Response::Invoked(invoked))) = world.lambda_answer(call) else { panic!("no answer") };
        assert_eq!((invoked.streamed, world.cloud().listener(&invocation.request_id)), (streams, None), "{mode}");
    }
}

#[test]
fn tags_belong_to_functions() {
    let mut world = with_worker();
    let resource = || "arn:aws:lambda:us-east-1:000000000000:function:worker".to_owned();
    let tags = BTreeMap::from([("team".to_owned(), "shop".to_owned()), ("stage".to_owned(), "test".to_owned())]);
    ask(&mut world, Request::TagResource { resource: resource(), tags }).unwrap();
    ask(&mut world, Request::UntagResource { resource: resource(), keys: vec!["stage".to_owned()] }).unwrap();
    let left = BTreeMap::from([("team".to_owned(), "shop".to_owned())]);
    assert_eq!(ask(&mut world, Request::ListTags { resource: resource() }), Ok(Response::Tags(left)));
    let too_many: BTreeMap<String, String> = (0..50).map(|index| (format!("k{index}"), String::new())).collect();
    let error = ask(&mut world, Request::TagResource { resource: resource(), tags: too_many }).unwrap_err();
    assert_eq!(error.message, "Number of tags exceeds resource tag limit.");
    let error = ask(&mut world, Request::ListTags { resource: "worker".to_owned() }).unwrap_err();
    assert_eq!(error.code, "ValidationException");
}

#[test]
fn events_of_a_deleted_function_are_lost_by_name() {
    let mut world = with_worker();
    world.on("worker", |_| failed());
    world.invoke_later("worker", "1");
    world.run_for(Duration::from_secs(10));
    ask(&mut world, Request::DeleteFunction { function: "worker".to_owned() }).unwrap();
    world.rest();
    let notes = world.take_notes();
    let lost = What::Lost { reason: "function worker was deleted".to_owned() };
    assert_eq!(notes.iter().filter(|note| note.what == lost).count(), 1);
}

#[test]
fn a_mapping_goes_through_its_states() {
    let mut world = standard("", "Enabled: false");
    let uuid = world.cloud().mappings(START)[0].uuid.clone();
    let state = |world: &mut World| world.cloud().mappings(world.now())[0].state;
    let enable = |enabled| Request::UpdateEventSourceMapping {
        uuid: uuid.clone(),
        change: Box::new(MappingChange { enabled: Some(enabled), ..MappingChange::default() }),
    };
    let mut seen = vec![state(&mut world)];
    for request in [enable(true), enable(false), enable(false)] {
        ask(&mut world, request.clone()).unwrap();
        seen.push(state(&mut world));
        assert_eq!(ask(&mut world, request).unwrap_err().code, "ResourceInUseException");
        world.run_for(Duration::from_secs(1));
        seen.push(state(&mut world));
    }
    ask(&mut world, Request::DeleteEventSourceMapping { uuid: uuid.clone() }).unwrap();
    seen.push(state(&mut world));
    assert_eq!(seen, ["Disabled", "Enabling", "Enabled", "Disabling", "Disabled", "Updating", "Disabled", "Deleting"]);
    world.run_for(Duration::from_secs(1));
    let error = ask(&mut world, Request::GetEventSourceMapping { uuid: uuid.clone() }).unwrap_err();
    assert_eq!(error.message, "The resource you requested does not exist.");
}

#[test]
fn a_log_tail_comes_to_whoever_asks_for_it() {
    let mut world = with_worker();
    let invoke = Invoke { log_tail: true, ..Invoke::synchronous("worker", "") };
    let call = world.lambda(Request::Invoke(invoke));
    world.rest();
    let Some(Ok(Response::Invoked(invoked))) = world.lambda_answer(call) else { panic!("no answer") };
    assert!(invoked.log_tail.is_some());
    let call = world.lambda(synchronous(""));
    world.rest();
    let Some(Ok(Response::Invoked(invoked))) = world.lambda_answer(call) else { panic!("no answer") };
    assert_eq!(invoked.log_tail, None);
}
